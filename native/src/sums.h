// Loss and metric sums: one float64 a shard, added in row order.
#pragma once

#include "context.h"
#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Sets sum number `sum` of every shard of the pass to the sum of rowValue(row) over the shard's rows.
template <class RowValue>
LOCKSTEP_INLINE void sumRows(const Context& context, i64 sum, RowValue rowValue) {
  const Pass& pass = context.pass;
  for (i64 shard = 0; shard < pass.shards; shard++) {
    double total = 0;
    for (i64 row = pass.shardRows[shard]; row < pass.shardRows[shard + 1]; row++)
      total += rowValue(pass.firstRow + row);
    context.sums[shard * context.sumCount + sum] = total;
  }
}

// The same where a row's value is the mean over its `size` elements of a term: terms(at, lanes) gives the terms of
// elements [at, at + lanes) of the whole buffer, zero in the lanes beyond.
template <class Terms>
LOCKSTEP_INLINE void sumElements(const Context& context, i64 sum, i64 size, Terms terms) {
  const Pass& pass = context.pass;
  if (size > 1) {
    sumRows(context, sum, [&](i64 row) {
      V total = broadcast(0.0f);
      forLanes(size, [&](i64 at, i64 lanes) { total = total + terms(row * size + at, lanes); });
      return static_cast<double>(foldLanes(total, [](V x, V y) { return x + y; })) / size;
    });
    return;
  }
  // Rows of one element: 16 rows at a time, each row's value is its term.
  for (i64 shard = 0; shard < pass.shards; shard++) {
    const i64 first = pass.shardRows[shard];
    double total = 0;
    forLanes(pass.shardRows[shard + 1] - first, [&](i64 at, i64 lanes) {
      float values[kLanes];
      store(values, terms(pass.firstRow + first + at, lanes));
      for (i64 lane = 0; lane < lanes; lane++) total += values[lane];
    });
    context.sums[shard * context.sumCount + sum] = total;
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
