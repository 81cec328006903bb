// Sums that every shard has, in float64, added over the batch in tree order.
#pragma once

#include "context.h"
#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The sum of `count` values, `step` apart, in tree order.
inline double treeSum(const double* values, i64 step, i64 count) {
  if (count == 1) return *values;
  i64 left = 1;
  while (left * 2 < count) left *= 2;
  return treeSum(values, step, left) + treeSum(values + left * step, step, count - left);
}

// A sum that every shard has, over the whole batch.
inline double batchSum(const Context& context, i64 sum) {
  const double* first = context.sums - context.pass.firstShard * context.sumCount + sum;
  return treeSum(first, context.sumCount, context.pass.batchShards);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
