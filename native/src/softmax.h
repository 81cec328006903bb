// Softmax over the last axis, and the loss that is fused with it.
#pragma once

#include "activation.h"
#include "sums.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE V loadOr(const float* p, i64 lanes, V filler, const V& laneNumbers) {
  if (lanes >= kLanes) return load(p);
  return select(less(laneNumbers, broadcast(static_cast<float>(lanes))), loadPart(p, lanes), filler);
}

// 0, 1, … 15.
LOCKSTEP_INLINE V laneNumbers() {
  static const float numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(numbers);
}

// The largest of x (size); NaN where there is one.
LOCKSTEP_INLINE V largestOf(const float* x, i64 size) {
  const V lowest = broadcast(-__builtin_inff()), numbers = laneNumbers();
  V largest = lowest, nan = zero();
  forLanes(size, [&](i64 at, i64 lanes) {
    const V value = loadOr(x + at, lanes, lowest, numbers);
    largest = max(value, largest);
    nan = select(isNan(value), value, nan);
  });
  const float spoilt = sumOfLanes(nan);
  return broadcast(spoilt == 0.0f ? maxOfLanes(largest) : spoilt);
}

// y = e^(x − max) of one group (size); returns their sum.
LOCKSTEP_INLINE float exponentialsOf(const float* x, float* y, i64 size, V largest) {
  const V numbers = laneNumbers();
  V sum = zero();
  forLanes(size, [&](i64 at, i64 lanes) {
    const V e = exponential(loadLanes(x + at, lanes) - largest);
    storeLanes(y + at, e, lanes);
    sum = sum + (lanes == kLanes ? e : select(less(numbers, broadcast(static_cast<float>(lanes))), e, zero()));
  });
  return sumOfLanes(sum);
}

// y = softmax(x) over the last axis of (groups, size) a row.
inline void softmaxForward(const Context& context, const SoftmaxForward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float* x = context.arena + a.x + group * a.size;
    float* y = context.arena + a.y + group * a.size;
    const V sum = broadcast(exponentialsOf(x, y, a.size, largestOf(x, a.size)));
    forLanes(a.size, [&](i64 at, i64 lanes) { storeLanes(y + at, loadLanes(y + at, lanes) / sum, lanes); });
  }
}

// dx = y ∘ (dy − Σ dy∘y) over the last axis of (groups, size) a row.
inline void softmaxBackward(const Context& context, const SoftmaxBackward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float *y = context.arena + a.y + group * a.size, *dy = context.arena + a.dy + group * a.size;
    float* dx = context.arena + a.dx + group * a.size;
    V products = zero();
    forLanes(a.size,
             [&](i64 at, i64 lanes) { products = fma(loadLanes(dy + at, lanes), loadLanes(y + at, lanes), products); });
    const V dot = broadcast(sumOfLanes(products));
    forLanes(a.size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, loadLanes(y + at, lanes) * (loadLanes(dy + at, lanes) - dot), lanes);
    });
  }
}

// A target as 16 lanes of float32: read where dense, one-hot where it is a class.
struct Targets {
  const float* dense;
  i64 classNumber;

  LOCKSTEP_INLINE V at(i64 offset, i64 lanes) const {
    if (dense != nullptr) return loadLanes(dense + offset, lanes);
    float hot[16] = {};
    if (classNumber >= offset && classNumber < offset + lanes) hot[classNumber - offset] = 1.0f;
    return load(hot);
  }
};

LOCKSTEP_INLINE Targets targetsOf(const Context& context, i64 target, i64 sparse, i64 group, i64 size) {
  const float* place = context.arena + target;
  if (!sparse) return {place + group * size, -1};
  std::int32_t classNumber;
  std::memcpy(&classNumber, place + group, sizeof classNumber);
  return {nullptr, classNumber};
}

// A row's loss: the mean over its groups of −Σ target · log softmax(logits). Writes probabilities and, where wanted,
// gradient = (probabilities − target) / (groups · batch rows).
inline void softmaxCrossEntropy(const Context& context, const SoftmaxCrossEntropy& a) {
  const V seed = broadcast(static_cast<float>(1.0 / (static_cast<double>(a.groups) * context.pass.batchRows)));
  sumRows(context, a.sum, [&](i64 row) {
    double loss = 0;
    for (i64 group = row * a.groups; group < (row + 1) * a.groups; group++) {
      const float* logits = context.arena + a.logits + group * a.size;
      float* probabilities = context.arena + a.probabilities + group * a.size;
      float* gradient = a.gradient < 0 ? nullptr : context.arena + a.gradient + group * a.size;
      const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
      const V largest = largestOf(logits, a.size);
      V weighted = zero(), weights = zero();
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V target = targets.at(at, lanes);
        const V shifted = loadLanes(logits + at, lanes) - largest;
        // A class that is not wanted adds nothing, not even where its logit is infinite.
        weighted = weighted + select(equal(target, zero()), zero(), target * shifted);
        weights = weights + target;
      });
      const V sum = broadcast(exponentialsOf(logits, probabilities, a.size, largest));
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V probability = loadLanes(probabilities + at, lanes) / sum;
        storeLanes(probabilities + at, probability, lanes);
        if (gradient) storeLanes(gradient + at, (probability - targets.at(at, lanes)) * seed, lanes);
      });
      const float logSum = firstLane(logarithm(sum));
      loss += static_cast<double>(logSum) * sumOfLanes(weights) - sumOfLanes(weighted);
    }
    return loss / a.groups;
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
