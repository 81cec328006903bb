// Accuracies: a row's value is its share of right answers.
#pragma once

#include "arguments.h"
#include "../softmax/kernels.h"
#include "../../sums.h"
#include "../../targets.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The largest float32 that is not above x: comparing with it is comparing with x in float64.
LOCKSTEP_INLINE float notAbove(double x) {
  float rounded = static_cast<float>(x);
  return static_cast<double>(rounded) > x ? __builtin_nextafterf(rounded, -__builtin_inff()) : rounded;
}

// A row's value: the share of its elements with (prediction > threshold) = target.
inline void binaryAccuracy(const Context& context, const BinaryAccuracy& a) {
  const V threshold = broadcast(notAbove(a.threshold)), one = broadcast(1.0f), numbers = laneNumbers();
  sumElements(context, a.sum, a.size, [&](i64 at, i64 lanes) {
    const V prediction = loadLanes(context.arena + a.prediction + at, lanes);
    const V target = loadLanes(context.arena + a.target + at, lanes);
    const V answer = select(less(threshold, prediction), one, zero());
    const V right = select(equal(answer, target), one, zero());
    return select(less(numbers, broadcast(static_cast<float>(lanes))), right, zero());
  });
}

// Position of the first of the largest values.
LOCKSTEP_INLINE i64 firstLargest(const float* values, i64 size) {
  i64 largest = 0;
  for (i64 j = 1; j < size; j++)
    if (values[j] > values[largest]) largest = j;
  return largest;
}

// A row's value: the share of its groups whose largest prediction is at the target's class.
inline void categoricalAccuracy(const Context& context, const CategoricalAccuracy& a) {
  sumRows(context, a.sum, [&](i64 row) {
    i64 right = 0;
    for (i64 group = row * a.groups; group < (row + 1) * a.groups; group++) {
      const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
      const i64 wanted = targets.dense ? firstLargest(targets.dense, a.size) : targets.classNumber;
      right += firstLargest(context.arena + a.prediction + group * a.size, a.size) == wanted;
    }
    return static_cast<double>(right) / a.groups;
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
