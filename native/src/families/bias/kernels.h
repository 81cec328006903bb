// A bias for each channel, added where a kernel has none of its own. Records are (inner, channels).
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../foldRows.h"
#include "../../patches.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Elements of as many positions as fill whole vectors, so that few channels leave no lanes idle. A law of the format of
// results: it decides in which order positions are added.
LOCKSTEP_INLINE i64 wholeVectors(i64 channels) {
  i64 elements = channels;
  while (elements % kLanes != 0) elements *= 2;
  return elements;
}

inline i64 biasForwardScratch(const BiasForward& a, Capacity) { return wholeVectors(a.channels); }

// y = activation(x + b).
inline void biasForward(const Context& context, const BiasForward& a) {
  const i64 record = wholeVectors(a.channels), first = context.pass.firstRow * a.inner * a.channels;
  const i64 count = context.pass.rows * a.inner * a.channels;
  const float* x = context.arena + a.x + first;
  float *y = context.arena + a.y + first, *bias = context.scratch;
  for (i64 e = 0; e < record; e += a.channels) copyFloats(context.parameters + a.b, bias + e, a.channels);
  withActivation(a.activation, [&](auto activation) {
    for (i64 from = 0; from < count; from += record)
      forLanes(smaller(record, count - from), [&](i64 at, i64 lanes) {
        storeLanes(y + from + at, activation.value(loadLanes(x + from + at, lanes) + load(bias + at)), lanes);
      });
  });
}

inline i64 biasGradientScratch(const BiasGradient& a, Capacity) { return wholeVectors(a.channels); }
inline i64 biasGradientKept(const BiasGradient& a, Capacity capacity) { return foldRowsFloats(a.channels, capacity); }

// Slab: db = Σ dy, per shard and folded. Each row's positions are added by themselves, one chain in a kind of position.
inline void biasGradient(const Context& context, const BiasGradient& a) {
  const i64 record = wholeVectors(a.channels), size = a.inner * a.channels;
  const float* dy = context.arena + a.dy + (context.pass.firstRow - context.pass.chunk) * size;
  float* columns = context.scratch;
  const auto addRow = [&](i64 row, float* sum) {
    const float* from = dy + row * size;
    for (i64 column = 0; column < record; column += kLanes) {
      V total = zero();
      for (i64 at = column; at < size; at += record) total = total + loadLanes(from + at, smaller(kLanes, size - at));
      store(columns + column, total);
    }
    for (i64 e = 0; e < record; e += a.channels)
      forLanes(a.channels, [&](i64 at, i64 lanes) {
        storeLanes(sum + at, loadLanes(sum + at, lanes) + loadLanes(columns + e + at, lanes), lanes);
      });
  };
  foldRows(context, a.channels, addRow,
           [&](float* slab, const float* sum) { copyFloats(sum, slab + a.b, a.channels); });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
