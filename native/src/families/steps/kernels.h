// Time steps: their order, and masks of those that are there (1) or not (0).
#pragma once

#include <cstring>

#include "arguments.h"
#include "../../context.h"
#include "../../math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// y (T, size) = x (T, size), last step first.
inline void reverseSteps(const Context& context, const ReverseSteps& a) {
  const Pass& pass = context.pass;
  for (i64 row = pass.firstRow; row < pass.firstRow + pass.rows; row++)
    for (i64 step = 0; step < a.steps; step++)
      std::memmove(context.arena + a.y + (row * a.steps + a.steps - 1 - step) * a.size,
                   context.arena + a.x + (row * a.steps + step) * a.size,
                   static_cast<std::size_t>(a.size) * sizeof(float));
}

// mask (size) = 1 where the int32 x is not zero.
inline void indexMask(const Context& context, const IndexMask& a) {
  const i64 first = context.pass.firstRow * a.size, count = context.pass.rows * a.size;
  const float* x = context.arena + a.x + first;
  float* mask = context.arena + a.mask + first;
  for (i64 i = 0; i < count; i++) {
    std::int32_t index;
    std::memcpy(&index, x + i, sizeof index);
    mask[i] = index == 0 ? 0.0f : 1.0f;
  }
}

// Calls body(step, row) for every time step of the pass, steps counted through all rows.
template <class Body>
LOCKSTEP_INLINE void forSteps(const Context& context, i64 steps, Body body) {
  const Pass& pass = context.pass;
  for (i64 row = pass.firstRow; row < pass.firstRow + pass.rows; row++)
    for (i64 step = row * steps; step < (row + 1) * steps; step++) body(step, row);
}

// mask (T) = 1 where any of a step's values differs from `value`; a NaN differs.
inline void stepMask(const Context& context, const StepMask& a) {
  const float value = static_cast<float>(a.value);
  forSteps(context, a.steps, [&](i64 step, i64) {
    const float* x = context.arena + a.x + step * a.size;
    bool differs = false;
    for (i64 e = 0; e < a.size && !differs; e++) differs = !(x[e] == value);
    context.arena[a.mask + step] = differs ? 1.0f : 0.0f;
  });
}

// y (T, size) = x at the steps that are there, else 0.
inline void maskSteps(const Context& context, const MaskSteps& a) {
  const std::size_t bytes = static_cast<std::size_t>(a.size) * sizeof(float);
  forSteps(context, a.steps, [&](i64 step, i64) {
    float* y = context.arena + a.y + step * a.size;
    if (context.arena[a.mask + step] == 0.0f)
      std::memset(y, 0, bytes);
    else
      std::memmove(y, context.arena + a.x + step * a.size, bytes);
  });
}

// x (size) = 0 where it is not finite, in rows whose weights (groups) are all 0.
inline void dropUnweighted(const Context& context, const DropUnweighted& a) {
  const Pass& pass = context.pass;
  for (i64 row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const float* weights = context.arena + a.weight + row * a.groups;
    bool isWeighted = false;
    for (i64 group = 0; group < a.groups && !isWeighted; group++) isWeighted = weights[group] != 0.0f;
    if (isWeighted) continue;
    float* x = context.arena + a.x + row * a.size;
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V value = loadLanes(x + at, lanes);
      storeLanes(x + at, select(isNan(nothingOf(value)), zero(), value), lanes);
    });
  }
}

LOCKSTEP_INLINE V stepsThere(const float* mask, i64 steps) {
  i64 count = 0;
  for (i64 step = 0; step < steps; step++) count += mask[step] != 0.0f;
  return broadcast(static_cast<float>(count));
}

// y (size) = the mean of x (T, size) over the steps that are there.
inline void maskedMeanForward(const Context& context, const MaskedMeanForward& a) {
  const Pass& pass = context.pass;
  for (i64 row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const float *mask = context.arena + a.mask + row * a.steps, *x = context.arena + a.x + row * a.steps * a.size;
    const V count = stepsThere(mask, a.steps);
    forLanes(a.size, [&](i64 at, i64 lanes) {
      V total = zero();
      for (i64 step = 0; step < a.steps; step++)
        if (mask[step] != 0.0f) total = total + loadLanes(x + step * a.size + at, lanes);
      storeLanes(context.arena + a.y + row * a.size + at, total / count, lanes);
    });
  }
}

// dx (T, size) = dy (size) over the number of steps that are there, at those steps, else 0.
inline void maskedMeanBackward(const Context& context, const MaskedMeanBackward& a) {
  forSteps(context, a.steps, [&](i64 step, i64 row) {
    const float* mask = context.arena + a.mask;
    const V count = stepsThere(mask + row * a.steps, a.steps);
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V share = loadLanes(context.arena + a.dy + row * a.size + at, lanes) / count;
      storeLanes(context.arena + a.dx + step * a.size + at, mask[step] == 0.0f ? zero() : share, lanes);
    });
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
