// What losses and metrics share: rows of groups, each with a weight, and sums over the groups of a shard in their order.
#pragma once

#include "math.h"
#include "sums.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The weights of a buffer of one a group; all are 1 where there is none.
struct Weights {
  const float* values;

  LOCKSTEP_INLINE float at(i64 group) const { return values == nullptr ? 1.0f : values[group]; }
  LOCKSTEP_INLINE V at(i64 group, i64 lanes) const {
    return values == nullptr ? broadcast(1.0f) : loadLanes(values + group, lanes);
  }
};

template <class Arguments>
LOCKSTEP_INLINE Weights weightsOf(const Context& context, const Arguments& a) {
  return {a.weight < 0 ? nullptr : context.arena + a.weight};
}

// Visits each shard of the pass: its sums, its first group and the group behind its last.
template <class Visit>
LOCKSTEP_INLINE void forShards(const Context& context, i64 groups, Visit visit) {
  const Pass& pass = context.pass;
  for (i64 shard = 0; shard < pass.shards; shard++)
    visit(context.sums + shard * context.sumCount, (pass.firstRow + pass.shardRows[shard]) * groups,
          (pass.firstRow + pass.shardRows[shard + 1]) * groups);
}

// Sets the sum of every shard to Σ weight · groupValue(group, weight) / groups. A group without weight counts nothing,
// whatever its value.
template <class Arguments, class GroupValue>
LOCKSTEP_INLINE void sumGroups(const Context& context, const Arguments& a, GroupValue groupValue) {
  const Weights weights = weightsOf(context, a);
  forShards(context, a.groups, [&](double* sums, i64 first, i64 end) {
    double total = 0;
    for (i64 group = first; group < end; group++) {
      const float weight = weights.at(group);
      const double value = groupValue(group, weight);
      if (weight != 0.0f) total += weight * value;
    }
    sums[a.sum] = total / static_cast<double>(a.groups);
  });
}

// The same for a loss: a group without weight has no gradient, even where it would be 0 times what is not finite.
template <class Arguments, class GroupLoss>
LOCKSTEP_INLINE void sumLosses(const Context& context, const Arguments& a, GroupLoss groupLoss) {
  sumGroups(context, a, [&](i64 group, float weight) {
    const double loss = groupLoss(group, weight);
    float* gradient = context.arena + a.gradient + group * a.size;
    if (weight == 0.0f && a.gradient >= 0)
      forLanes(a.size, [&](i64 at, i64 lanes) { storeLanes(gradient + at, zero(), lanes); });
    return loss;
  });
}

// The gradient of elements of that slope; none where they have no weight.
LOCKSTEP_INLINE V seeded(V slope, V weight, V share) {
  return select(equal(weight, zero()), zero(), slope * (weight * share));
}

// As sumGroups, where a group's value is the sum of terms over `divisor`: terms(at, lanes, weight) gives those of elements
// [at, at + lanes) of the whole buffer, zero in the lanes beyond.
template <class Arguments, class Terms>
LOCKSTEP_INLINE void sumElements(const Context& context, const Arguments& a, double divisor, Terms terms) {
  if (a.size > 1) {
    sumGroups(context, a, [&](i64 group, float weight) {
      const V weights = broadcast(weight);
      V total = zero();
      forLanes(a.size, [&](i64 at, i64 lanes) { total = total + terms(group * a.size + at, lanes, weights); });
      return static_cast<double>(sumOfLanes(total)) / divisor;
    });
    return;
  }
  // Groups of one element: 16 groups at a time, each group's value is its term.
  const Weights weights = weightsOf(context, a);
  forShards(context, a.groups, [&](double* sums, i64 first, i64 end) {
    double total = 0;
    forLanes(end - first, [&](i64 at, i64 lanes) {
      float values[kLanes];
      store(values, terms(first + at, lanes, weights.at(first + at, lanes)));
      for (i64 lane = 0; lane < lanes; lane++) {
        const float weight = weights.at(first + at + lane);
        if (weight != 0.0f) total += weight * static_cast<double>(values[lane]);
      }
    });
    sums[a.sum] = total / (divisor * static_cast<double>(a.groups));
  });
}

// What the gradient of a group is multiplied by beside its weight, where its loss is divided by `divisor`: the loss's
// share in the total over the weights of the whole batch; zero where all of those are.
template <class Arguments>
LOCKSTEP_INLINE float shareOf(const Context& context, const Arguments& a, double divisor) {
  const double weights = a.weight < 0 ? static_cast<double>(context.pass.batchRows) : batchSum(context, a.weightSum);
  if (weights == 0.0) return 0.0f;
  return static_cast<float>(a.lossWeight / (divisor * static_cast<double>(a.groups) * weights));
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
