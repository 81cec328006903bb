// Accuracies, whose groups are right or wrong, and counts that other metrics are made from once all batches are added.
#pragma once

#include "arguments.h"
#include "../../groups.h"
#include "../../targets.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The largest float32 that is not above x: comparing with it is comparing with x in float64.
LOCKSTEP_INLINE float notAbove(double x) {
  float rounded = static_cast<float>(x);
  return static_cast<double>(rounded) > x ? __builtin_nextafterf(rounded, -__builtin_inff()) : rounded;
}

// A group's value: the share of its elements with (prediction > threshold) = target.
inline void binaryAccuracy(const Context& context, const BinaryAccuracy& a) {
  const V threshold = broadcast(notAbove(a.threshold)), one = broadcast(1.0f);
  sumElements(context, a, static_cast<double>(a.size), [&](i64 at, i64 lanes, V) {
    const V prediction = loadLanes(context.arena + a.prediction + at, lanes);
    const V target = loadLanes(context.arena + a.target + at, lanes);
    const V answer = select(less(threshold, prediction), one, zero());
    return onlyLanes(select(equal(answer, target), one, zero()), lanes);
  });
}

// Position of the first of the largest values; a NaN is never one. −1 where there is nothing else.
LOCKSTEP_INLINE i64 firstLargest(const float* values, i64 size) {
  i64 largest = -1;
  for (i64 j = 0; j < size; j++)
    if (largest < 0 ? values[j] == values[j] : values[j] > values[largest]) largest = j;
  return largest;
}

// The class of a group's target.
LOCKSTEP_INLINE i64 classOf(const Targets& targets, i64 size) {
  return targets.dense ? firstLargest(targets.dense, size) : targets.classNumber;
}

// A group's value: whether its largest prediction is at the target's class.
inline void categoricalAccuracy(const Context& context, const CategoricalAccuracy& a) {
  sumGroups(context, a, [&](i64 group, float) {
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    const i64 found = firstLargest(context.arena + a.prediction + group * a.size, a.size);
    return found >= 0 && found == classOf(targets, a.size) ? 1.0 : 0.0;
  });
}

// A group's value: whether fewer than `top` predictions are larger than that of the target's class, which is a number.
inline void topKAccuracy(const Context& context, const TopKAccuracy& a) {
  sumGroups(context, a, [&](i64 group, float) {
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    const float* p = context.arena + a.prediction + group * a.size;
    const i64 wanted = classOf(targets, a.size);
    if (wanted < 0 || wanted >= a.size) return 0.0;
    const float own = p[wanted];
    i64 larger = 0;
    for (i64 j = 0; j < a.size; j++) larger += p[j] > own;
    return own == own && larger < a.top ? 1.0 : 0.0;
  });
}

// The `top` largest values of a group: those above `least`, and the first `ties` of those that equal it. A NaN is none.
struct Top {
  float least = __builtin_inff();
  i64 ties = 0;

  LOCKSTEP_INLINE bool takes(float value) { return value > least || (value == least && ties-- > 0); }
};
LOCKSTEP_INLINE Top topOf(const float* values, i64 size, i64 top) {
  Top found;
  for (i64 taken = 0; taken < top;) {
    float next = 0;
    i64 count = 0;
    for (i64 j = 0; j < size; j++) {
      const float value = values[j];
      const bool isLeft = taken == 0 ? value == value : value < found.least;
      if (!isLeft || (count > 0 && value < next)) continue;
      count = count > 0 && value == next ? count + 1 : 1;
      next = value;
    }
    if (count == 0) break;
    found.least = next;
    found.ties = top - taken;
    taken += count;
  }
  return found;
}

// The largest value of a group; NaN where there is one.
LOCKSTEP_INLINE float largestValue(const float* values, i64 size) {
  float largest = values[0];
  for (i64 j = 1; j < size; j++)
    if (!(values[j] <= largest) && largest == largest) largest = values[j];
  return largest;
}

// Sets `count` sums of every shard to zero and visits its groups: visit(sums, group, weight) adds to them.
template <class Arguments, class Visit>
LOCKSTEP_INLINE void countGroups(const Context& context, const Arguments& a, i64 count, Visit visit) {
  const Weights weights = weightsOf(context, a);
  forShards(context, a.groups, [&](double* sums, i64 first, i64 end) {
    double* own = sums + a.sum;
    for (i64 i = 0; i < count; i++) own[i] = 0;
    for (i64 group = first; group < end; group++) {
      const double weight = weights.at(group);
      if (weight != 0) visit(own, group, weight);
    }
  });
}

// Of each class, in four blocks: weights rightly found, wrongly found, missed, rightly left. Found is what is above the threshold and
// among the `top` largest of its group (0: any); or, where `largest`, what equals the largest and is not near 0.
inline void classCounts(const Context& context, const ClassCounts& a) {
  const i64 classes = a.pooled ? 1 : a.size;
  countGroups(context, a, 4 * classes, [&](double* sums, i64 group, double weight) {
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    const float* p = context.arena + a.prediction + group * a.size;
    Top top = a.top == 0 ? Top() : topOf(p, a.size, a.top);
    const float largest = a.largest ? largestValue(p, a.size) : 0.0f;
    for (i64 j = 0; j < a.size; j++) {
      const double t = targets.at(j);
      double* own = sums + (a.pooled ? 0 : j);
      const bool isTaken = a.largest ? p[j] == largest : a.top == 0 || top.takes(p[j]);
      const double size = a.largest ? static_cast<double>(__builtin_fabsf(p[j])) : static_cast<double>(p[j]);
      if (isTaken && size > a.threshold) {
        own[0] += weight * t;
        own[classes] += weight * (1 - t);
      } else {
        own[2 * classes] += weight * t;
        own[3 * classes] += weight * (1 - t);
      }
    }
  });
}

// Of each class, or of all together: weights of positive elements by bucket ⌈p·(buckets − 1)⌉ − 1, at least 0, of p in [0, 1]; behind them those of others.
inline void bucketCounts(const Context& context, const BucketCounts& a) {
  const float scale = static_cast<float>(a.buckets - 1);
  countGroups(context, a, 2 * a.buckets * (a.pooled ? 1 : a.size), [&](double* sums, i64 group, double weight) {
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    const float* p = context.arena + a.prediction + group * a.size;
    for (i64 j = 0; j < a.size; j++) {
      // A NaN falls into the first bucket.
      const float inside = p[j] > 0 ? (p[j] < 1 ? p[j] : 1.0f) : 0.0f;
      const i64 bucket = static_cast<i64>(__builtin_ceilf(inside * scale)) - 1;
      double* own = sums + (a.pooled ? 0 : 2 * a.buckets * j) + (targets.at(j) != 0 ? 0 : a.buckets);
      own[bucket < 0 ? 0 : bucket] += weight;
    }
  });
}

// Σ weight; then of each output, in three blocks: the mean of t, Σ (t − mean)² and Σ (t − p)². Welford, "Note on a method
// for calculating corrected sums of squares and products", 1962: equal targets have no deviation at all.
inline void residualSums(const Context& context, const ResidualSums& a) {
  countGroups(context, a, 1 + 3 * a.size, [&](double* sums, i64 group, double weight) {
    sums[0] += weight;
    const double share = weight / sums[0];
    double *means = sums + 1, *deviations = means + a.size, *errors = deviations + a.size;
    for (i64 j = 0; j < a.size; j++) {
      const double t = context.arena[a.target + group * a.size + j];
      const double error = t - static_cast<double>(context.arena[a.prediction + group * a.size + j]);
      const double step = t - means[j];
      means[j] += step * share;
      deviations[j] += weight * (step * (t - means[j]));
      errors[j] += weight * (error * error);
    }
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
