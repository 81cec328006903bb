// Sums, products and extremes over one axis of a row.
#pragma once

#include "arguments.h"
#include "../elementwise/functions.h"
#include "../../context.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// By position in `reductions` of src/shared/kernels/elementwise.ts.
enum ReductionNumber : i64 { kSum, kMean, kMax, kMin, kProd, kArgMax, kArgMin };

// Calls body(x, y) for each (length, inner) of x and the (inner) of y that it becomes.
template <class Body>
LOCKSTEP_INLINE void forReduced(const Context& context, const ReduceAxis& a, Body body) {
  const i64 first = context.pass.firstRow * a.outer, end = first + context.pass.rows * a.outer;
  for (i64 outer = first; outer < end; outer++)
    body(context.arena + a.x + outer * a.length * a.inner, context.arena + a.y + outer * a.inner);
}

// `start` changes nothing that it is joined to. Along the innermost axis 16 lanes take an element each, then are joined.
template <class Join>
LOCKSTEP_INLINE void reduceWith(const Context& context, const ReduceAxis& a, float start, float divisor, Join join) {
  const V none = broadcast(start), by = broadcast(divisor);
  if (a.inner == 1)
    return forReduced(context, a, [&](const float* x, float* y) {
      V total = none;
      forLanes(a.length, [&](i64 at, i64 lanes) { total = join(total, onlyLanes(loadLanes(x + at, lanes), lanes, none)); });
      *y = firstLane(broadcast(foldLanes(total, join)) / by);
    });
  forReduced(context, a, [&](const float* x, float* y) {
    forLanes(a.inner, [&](i64 at, i64 lanes) {
      V total = none;
      for (i64 i = 0; i < a.length; i++) total = join(total, loadLanes(x + i * a.inner + at, lanes));
      storeLanes(y + at, total / by, lanes);
    });
  });
}

// The index of the first of the largest, or smallest; a NaN is never before another.
LOCKSTEP_INLINE void argumentOf(const Context& context, const ReduceAxis& a, bool smallest) {
  forReduced(context, a, [&](const float* x, float* y) {
    for (i64 inner = 0; inner < a.inner; inner++) {
      i64 best = 0;
      for (i64 i = 1; i < a.length; i++) {
        const float value = x[i * a.inner + inner], found = x[best * a.inner + inner];
        if (smallest ? value < found : value > found) best = i;
      }
      y[inner] = static_cast<float>(best);
    }
  });
}

inline void reduceAxis(const Context& context, const ReduceAxis& a) {
  const auto sum = [](V x, V y) { return x + y; };
  switch (a.reduction) {
    case kSum: return reduceWith(context, a, 0.0f, 1.0f, sum);
    case kMean: return reduceWith(context, a, 0.0f, static_cast<float>(a.length), sum);
    case kMax: return reduceWith(context, a, -__builtin_inff(), 1.0f, [](V x, V y) { return largerOf(x, y); });
    case kMin: return reduceWith(context, a, __builtin_inff(), 1.0f, [](V x, V y) { return smallerOf(x, y); });
    case kProd: return reduceWith(context, a, 1.0f, 1.0f, [](V x, V y) { return x * y; });
    default: return argumentOf(context, a, a.reduction == kArgMin);
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
