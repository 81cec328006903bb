// Losses from predictions or logits, each writing its gradient, already divided by the rows of the whole batch.
#pragma once

#include "arguments.h"
#include "../softmax/kernels.h"
#include "../../sums.h"
#include "../../targets.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Keras's clip of probabilities; a NaN stays NaN.
constexpr float kClipLow = 1e-7f;
constexpr float kClipHigh = 1.0f - 1e-7f;
LOCKSTEP_INLINE V clipped(V p) { return min(broadcast(kClipHigh), max(broadcast(kClipLow), p)); }
LOCKSTEP_INLINE Mask isClipped(V p) { return less(p, broadcast(kClipLow)) | less(broadcast(kClipHigh), p); }

// Lanes beyond the last element are zero.
LOCKSTEP_INLINE V onlyLanes(V v, i64 lanes) {
  if (lanes >= kLanes) return v;
  return select(less(laneNumbers(), broadcast(static_cast<float>(lanes))), v, zero());
}

LOCKSTEP_INLINE V rowSeed(const Context& context, i64 parts) {
  return broadcast(static_cast<float>(1.0 / (static_cast<double>(parts) * context.pass.batchRows)));
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

// A row's loss: the mean over its elements of max(z, 0) − z·t + log(1 + e^−|z|). Writes probabilities = sigmoid(z) and
// gradient = (probabilities − t) · seed.
inline void sigmoidCrossEntropy(const Context& context, const SigmoidCrossEntropy& a) {
  const V seed = rowSeed(context, a.size);
  float* arena = context.arena;
  sumElements(context, a.sum, a.size, [&](i64 at, i64 lanes) {
    const V z = loadLanes(arena + a.logits + at, lanes), target = loadLanes(arena + a.target + at, lanes);
    const V probability = sigmoid(z);
    const V e = exponential(negative(absolute(z)));
    storeLanes(arena + a.probabilities + at, probability, lanes);
    if (a.gradient >= 0) storeLanes(arena + a.gradient + at, (probability - target) * seed, lanes);
    return onlyLanes((max(zero(), z) - z * target) + logarithmOfOnePlus(e), lanes);
  });
}

// A row's loss: the mean over its elements of (p − t)².
inline void meanSquaredError(const Context& context, const MeanSquaredError& a) {
  const V seed = rowSeed(context, a.size) * broadcast(2.0f);
  float* arena = context.arena;
  sumElements(context, a.sum, a.size, [&](i64 at, i64 lanes) {
    const V error = loadLanes(arena + a.prediction + at, lanes) - loadLanes(arena + a.target + at, lanes);
    if (a.gradient >= 0) storeLanes(arena + a.gradient + at, error * seed, lanes);
    return error * error;
  });
}

// A row's loss: the mean over its elements of −t·log p − (1−t)·log(1−p), p clipped; no gradient where the clip acts.
inline void binaryCrossentropy(const Context& context, const BinaryCrossentropy& a) {
  const V seed = rowSeed(context, a.size), one = broadcast(1.0f);
  float* arena = context.arena;
  sumElements(context, a.sum, a.size, [&](i64 at, i64 lanes) {
    const V prediction = loadLanes(arena + a.prediction + at, lanes);
    const V target = loadLanes(arena + a.target + at, lanes), p = clipped(prediction);
    if (a.gradient >= 0) {
      const V slope = ((one - target) / (one - p) - target / p) * seed;
      storeLanes(arena + a.gradient + at, select(isClipped(prediction), zero(), slope), lanes);
    }
    return onlyLanes(negative(target * logarithm(p) + (one - target) * logarithm(one - p)), lanes);
  });
}

// A row's loss: the mean over groups of −Σ t·log(clip(q)) with q = p / Σp. With s = ∂loss/∂q the gradient is
// (s − Σ s·q) / Σp.
inline void categoricalCrossentropy(const Context& context, const CategoricalCrossentropy& a) {
  const V seed = rowSeed(context, a.groups);
  const auto slope = [](V q, V target) { return select(isClipped(q), zero(), negative(target / q)); };
  sumRows(context, a.sum, [&](i64 row) {
    double loss = 0;
    for (i64 group = row * a.groups; group < (row + 1) * a.groups; group++) {
      const float* p = context.arena + a.prediction + group * a.size;
      const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
      V sums = zero(), losses = zero(), products = zero();
      forLanes(a.size, [&](i64 at, i64 lanes) { sums = sums + loadLanes(p + at, lanes); });
      const V total = broadcast(sumOfLanes(sums));
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V target = targets.at(at, lanes), q = loadLanes(p + at, lanes) / total;
        losses = losses - onlyLanes(target * logarithm(clipped(q)), lanes);
        products = products + onlyLanes(slope(q, target) * q, lanes);
      });
      loss += sumOfLanes(losses);
      if (a.gradient < 0) continue;
      const V common = broadcast(sumOfLanes(products)), scale = seed / total;
      float* gradient = context.arena + a.gradient + group * a.size;
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V q = loadLanes(p + at, lanes) / total;
        storeLanes(gradient + at, (slope(q, targets.at(at, lanes)) - common) * scale, lanes);
      });
    }
    return loss / a.groups;
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
