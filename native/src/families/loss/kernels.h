// Losses of predictions or logits: sums of weight · loss, and gradients that are divided by the weights of the whole batch.
#pragma once

#include "arguments.h"
#include "elements.h"
#include "../softmax/kernels.h"
#include "../../groups.h"
#include "../../targets.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Σ over a shard's rows of the mean weight of their groups.
inline void weightSums(const Context& context, const WeightSums& a) {
  sumGroups(context, a, [](i64, float) { return 1.0; });
}

// Targets whose hard values are drawn towards an even distribution over `classes`.
struct Smoothing {
  V keep, rest;

  LOCKSTEP_INLINE V of(V target) const { return target * keep + rest; }
};
LOCKSTEP_INLINE Smoothing smoothingOf(double smoothing, double classes) {
  return {broadcast(static_cast<float>(1 - smoothing)), broadcast(static_cast<float>(smoothing / classes))};
}

// A group's loss: −Σ target · log softmax(logits). Writes probabilities and, where wanted, gradients.
inline void softmaxCrossEntropy(const Context& context, const SoftmaxCrossEntropy& a) {
  const float share = shareOf(context, a, 1);
  const Smoothing smoothing = smoothingOf(a.smoothing, static_cast<double>(a.size));
  sumLosses(context, a, [&](i64 group, float weight) {
    const float* logits = context.arena + a.logits + group * a.size;
    float* probabilities = context.arena + a.probabilities + group * a.size;
    float* gradient = a.gradient < 0 ? nullptr : context.arena + a.gradient + group * a.size;
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    const V largest = largestOf(logits, a.size), seed = broadcast(weight * share);
    V weighted = zero(), weights = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V target = onlyLanes(smoothing.of(targets.at(at, lanes)), lanes);
      const V shifted = loadLanes(logits + at, lanes) - largest;
      // A class that is not wanted adds nothing, not even where its logit is infinite.
      weighted = weighted + select(equal(target, zero()), zero(), target * shifted);
      weights = weights + target;
    });
    const V sum = broadcast(exponentialsOf(logits, probabilities, a.size, largest));
    const float total = sumOfLanes(weights);
    const V whole = broadcast(total);
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V probability = loadLanes(probabilities + at, lanes) / sum;
      storeLanes(probabilities + at, probability, lanes);
      if (gradient) storeLanes(gradient + at, (probability * whole - smoothing.of(targets.at(at, lanes))) * seed, lanes);
    });
    const float logSum = firstLane(logarithm(sum));
    return static_cast<double>(logSum) * total - sumOfLanes(weighted);
  });
}

LOCKSTEP_INLINE ElementOptions optionsOf(double delta, double alpha, double gamma) {
  return {broadcast(static_cast<float>(delta)), broadcast(static_cast<float>(alpha)),
          broadcast(static_cast<float>(gamma)), alpha >= 0, gamma == 2};
}

// The focal form has the factors of BinaryFocalEntropy, of p = sigmoid(z): the miss's derivative by z is turn·p·(1 − p).
template <bool isFocal>
LOCKSTEP_INLINE void sigmoidOf(const Context& context, const SigmoidCrossEntropy& a) {
  const double size = static_cast<double>(a.size);
  const V share = broadcast(shareOf(context, a, size));
  const Smoothing smoothing = smoothingOf(a.smoothing, 2);
  const ElementOptions options = optionsOf(1, a.alpha, a.gamma);
  float* arena = context.arena;
  sumElements(context, a, size, [&](i64 at, i64 lanes, V weight) {
    const V z = loadLanes(arena + a.logits + at, lanes);
    const V target = smoothing.of(loadLanes(arena + a.target + at, lanes));
    const V probability = sigmoid(z);
    const V e = exponential(negative(absolute(z)));
    storeLanes(arena + a.probabilities + at, probability, lanes);
    V loss = (max(zero(), z) - z * target) + logarithmOfOnePlus(e), slope = probability - target;
    if (isFocal) {
      // 1 − p of its own, as it keeps its digits where p is near 1.
      const V one = broadcast(1.0f), rest = sigmoid(negative(z));
      const V miss = target * rest + (one - target) * probability, turn = one - broadcast(2.0f) * target;
      const V balance = BinaryFocalEntropy::balanceOf(target, options), focus = BinaryFocalEntropy::focusOf(miss, options);
      const V steepness = BinaryFocalEntropy::steepnessOf(miss, options) * (turn * (probability * rest));
      slope = balance * (focus * slope + steepness * loss);
      loss = balance * (focus * loss);
    }
    if (a.gradient >= 0) storeLanes(arena + a.gradient + at, seeded(slope, weight, share), lanes);
    return onlyLanes(loss, lanes);
  });
}

// A group's loss: the mean over its elements of max(z, 0) − z·t + log(1 + e^−|z|), or its focal form. Writes
// probabilities = sigmoid(z) and, where wanted, gradients.
inline void sigmoidCrossEntropy(const Context& context, const SigmoidCrossEntropy& a) {
  if (a.alpha < 0 && a.gamma == 0)
    sigmoidOf<false>(context, a);
  else
    sigmoidOf<true>(context, a);
}

template <class Loss>
LOCKSTEP_INLINE void lossOf(const Context& context, const ElementLoss& a) {
  const double divisor = static_cast<double>(a.divisor);
  const V share = broadcast(shareOf(context, a, divisor));
  const Smoothing smoothing = smoothingOf(a.smoothing, 2);
  const ElementOptions options = optionsOf(a.delta, a.alpha, a.gamma);
  float* arena = context.arena;
  sumElements(context, a, divisor, [&](i64 at, i64 lanes, V weight) {
    const V prediction = loadLanes(arena + a.prediction + at, lanes);
    const V target = smoothing.of(loadLanes(arena + a.target + at, lanes));
    if (a.gradient >= 0)
      storeLanes(arena + a.gradient + at, seeded(Loss::slope(prediction, target, options), weight, share), lanes);
    return onlyLanes(Loss::value(prediction, target, options), lanes);
  });
}

// A group's loss: Σ over its elements over `divisor`.
inline void elementLoss(const Context& context, const ElementLoss& a) {
  switch (a.loss) {
    case kMeanSquaredError: return lossOf<SquaredError>(context, a);
    case kMeanAbsoluteError: return lossOf<AbsoluteError>(context, a);
    case kMeanAbsolutePercentageError: return lossOf<PercentageError>(context, a);
    case kMeanSquaredLogarithmicError: return lossOf<LogarithmicError>(context, a);
    case kHinge: return lossOf<Hinge>(context, a);
    case kSquaredHinge: return lossOf<SquaredHinge>(context, a);
    case kLogCosh: return lossOf<LogCosh>(context, a);
    case kHuber: return lossOf<Huber>(context, a);
    case kPoisson: return lossOf<Poisson>(context, a);
    case kKullbackLeiblerDivergence: return lossOf<KullbackLeibler>(context, a);
    case kBinaryCrossentropy: return lossOf<BinaryEntropy>(context, a);
    case kBinaryFocalCrossentropy: return lossOf<BinaryFocalEntropy>(context, a);
    case kIdentity: return lossOf<Identity>(context, a);
  }
}

// A group's loss: −alpha · Σ t·(1 − q)^gamma·log q with q = clip(p / Σp). With s = ∂loss/∂(p / Σp) the gradient is
// (s − Σ s·q) / Σp.
template <bool isFocal>
LOCKSTEP_INLINE void categoricalOf(const Context& context, const CategoricalCrossentropy& a) {
  const float share = shareOf(context, a, 1);
  const Smoothing smoothing = smoothingOf(a.smoothing, static_cast<double>(a.size));
  const V one = broadcast(1.0f), alpha = broadcast(static_cast<float>(a.alpha));
  const V gamma = broadcast(static_cast<float>(a.gamma));
  const auto value = [&](V q, V target) {
    const V entropy = target * logarithm(q);
    return isFocal ? alpha * power(one - q, gamma) * entropy : entropy;
  };
  const auto slope = [&](V q, V target) {
    V inner = negative(one / q);
    if (isFocal) {
      const V steepness = select(equal(gamma, zero()), zero(), gamma * power(one - q, gamma - one) * logarithm(q));
      inner = alpha * (steepness - power(one - q, gamma) / q);
    }
    return select(isClipped(q), zero(), target * inner);
  };
  sumLosses(context, a, [&](i64 group, float weight) {
    const float* p = context.arena + a.prediction + group * a.size;
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    V sums = zero(), losses = zero(), products = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) { sums = sums + loadLanes(p + at, lanes); });
    const V total = broadcast(sumOfLanes(sums));
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V target = smoothing.of(targets.at(at, lanes)), q = loadLanes(p + at, lanes) / total;
      losses = losses - onlyLanes(value(clipped(q), target), lanes);
      products = products + onlyLanes(slope(q, target) * q, lanes);
    });
    if (a.gradient >= 0) {
      const V common = broadcast(sumOfLanes(products)), scale = broadcast(weight * share) / total;
      float* gradient = context.arena + a.gradient + group * a.size;
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V q = loadLanes(p + at, lanes) / total;
        storeLanes(gradient + at, (slope(q, smoothing.of(targets.at(at, lanes))) - common) * scale, lanes);
      });
    }
    return static_cast<double>(sumOfLanes(losses));
  });
}

inline void categoricalCrossentropy(const Context& context, const CategoricalCrossentropy& a) {
  if (a.alpha == 1 && a.gamma == 0)
    categoricalOf<false>(context, a);
  else
    categoricalOf<true>(context, a);
}

LOCKSTEP_INLINE float dotOf(const float* x, const float* y, i64 size) {
  V sum = zero();
  forLanes(size, [&](i64 at, i64 lanes) { sum = fma(loadLanes(x + at, lanes), loadLanes(y + at, lanes), sum); });
  return sumOfLanes(sum);
}

// A group's loss: max(0, 1 + the largest (1 − t)·p − Σ t·p). Several largest share its gradient equally.
inline void categoricalHinge(const Context& context, const CategoricalHinge& a) {
  const float share = shareOf(context, a, 1);
  const V one = broadcast(1.0f), lowest = broadcast(-__builtin_inff());
  sumLosses(context, a, [&](i64 group, float weight) {
    const float* p = context.arena + a.prediction + group * a.size;
    const float* t = context.arena + a.target + group * a.size;
    const auto rivals = [&](i64 at, i64 lanes) {
      return onlyLanes((one - loadLanes(t + at, lanes)) * loadLanes(p + at, lanes), lanes, lowest);
    };
    V largest = lowest, count = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) { largest = max(rivals(at, lanes), largest); });
    largest = broadcast(maxOfLanes(largest));
    const double loss = 1.0 + firstLane(largest) - dotOf(t, p, a.size);
    if (a.gradient >= 0) {
      forLanes(a.size, [&](i64 at, i64 lanes) {
        count = count + select(equal(rivals(at, lanes), largest), one, zero());
      });
      const V each = one / broadcast(sumOfLanes(count)), seed = broadcast(loss >= 0 ? weight * share : 0.0f);
      float* gradient = context.arena + a.gradient + group * a.size;
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V target = loadLanes(t + at, lanes);
        const V rival = select(equal(rivals(at, lanes), largest), (one - target) * each, zero());
        storeLanes(gradient + at, (rival - target) * seed, lanes);
      });
    }
    return loss < 0 ? 0.0 : loss;
  });
}

// Keras divides by √max(Σx², 1e-12).
constexpr float kLeastSquare = 1e-12f;

// A group's loss: −Σ p·t / (|p|·|t|). With p̂ = p / |p| the gradient is (p̂·cosine − t̂) / |p|.
inline void cosineSimilarity(const Context& context, const CosineSimilarity& a) {
  const float share = shareOf(context, a, 1);
  const auto lengthOf = [](float square) { return __builtin_sqrtf(square < kLeastSquare ? kLeastSquare : square); };
  sumLosses(context, a, [&](i64 group, float weight) {
    const float* p = context.arena + a.prediction + group * a.size;
    const float* t = context.arena + a.target + group * a.size;
    const float squareOfP = dotOf(p, p, a.size);
    const float lengthOfP = lengthOf(squareOfP), lengthOfT = lengthOf(dotOf(t, t, a.size));
    const float cosine = dotOf(p, t, a.size) / (lengthOfP * lengthOfT);
    if (a.gradient >= 0) {
      // A vector that is too short to be normalized is divided by a constant.
      const V turn = broadcast(squareOfP < kLeastSquare ? 0.0f : cosine / lengthOfP);
      const V inverse = broadcast(1.0f / lengthOfT), seed = broadcast(weight * share / lengthOfP);
      float* gradient = context.arena + a.gradient + group * a.size;
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V slope = turn * loadLanes(p + at, lanes) - inverse * loadLanes(t + at, lanes);
        storeLanes(gradient + at, slope * seed, lanes);
      });
    }
    return -static_cast<double>(cosine);
  });
}

// A group's loss: (1 − p^q) / q with p the prediction of the target's class. Zhang and Sabuncu, "Generalized cross entropy
// loss for training deep neural networks with noisy labels", 2018.
inline void generalizedCrossEntropy(const Context& context, const GeneralizedCrossEntropy& a) {
  const float share = shareOf(context, a, 1);
  const V q = broadcast(static_cast<float>(a.q)), one = broadcast(1.0f);
  sumLosses(context, a, [&](i64 group, float weight) {
    const float* p = context.arena + a.prediction + group * a.size;
    const Targets targets = targetsOf(context, a.target, a.sparse, group, a.size);
    V chosen = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) { chosen = fma(loadLanes(p + at, lanes), targets.at(at, lanes), chosen); });
    const V own = broadcast(sumOfLanes(chosen));
    if (a.gradient >= 0) {
      float* gradient = context.arena + a.gradient + group * a.size;
      const V slope = power(own, q - one) * broadcast(-weight * share);
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const V target = targets.at(at, lanes);
        storeLanes(gradient + at, select(equal(target, zero()), zero(), slope * target), lanes);
      });
    }
    return static_cast<double>(firstLane((one - power(own, q)) / q));
  });
}

// Of each bin, element e of a row being in bin e mod bins, in three blocks: Σ t·p, Σ t and Σ p over a shard's rows.
inline void overlapSums(const Context& context, const OverlapSums& a) {
  forShards(context, 1, [&](double* sums, i64 first, i64 end) {
    double* own = sums + a.sum;
    for (i64 i = 0; i < 3 * a.bins; i++) own[i] = 0;
    for (i64 row = first; row < end; row++) {
      const float *p = context.arena + a.prediction + row * a.size, *t = context.arena + a.target + row * a.size;
      for (i64 at = 0; at < a.size; at += a.bins)
        for (i64 bin = 0; bin < a.bins; bin++) {
          const double found = p[at + bin], wanted = t[at + bin];
          own[bin] += wanted * found;
          own[a.bins + bin] += wanted;
          own[2 * a.bins + bin] += found;
        }
    }
  });
}

// Keras's epsilon, which keeps the quotient of nothing over nothing finite.
constexpr double kOverlapEpsilon = 1e-7;

// The loss of every row: the mean over bins of 1 − times · I / (shared · I + wanted · T + found · P + ε), I, T and P being
// the sums of overlapSums over the whole batch.
inline void overlapLoss(const Context& context, const OverlapLoss& a) {
  const double total = a.weight < 0 ? 1 : batchSum(context, a.weights);
  const double divisor = a.weight < 0 ? 1 : batchSum(context, a.weightSum);
  const double share = divisor == 0 ? 0 : a.lossWeight * total / divisor / static_cast<double>(a.bins);
  double loss = 0;
  for (i64 bin = 0; bin < a.bins; bin++) {
    const double overlap = batchSum(context, a.overlap + bin);
    const double wanted = batchSum(context, a.overlap + a.bins + bin);
    const double found = batchSum(context, a.overlap + 2 * a.bins + bin);
    const double whole = a.shared * overlap + a.wanted * wanted + a.found * found + kOverlapEpsilon;
    loss += 1 - a.times * overlap / whole;
    if (a.gradient < 0) continue;
    const double of = share * a.times / whole, rest = of * overlap / whole;
    const double each = rest * a.shared - of, all = rest * a.found;
    const i64 size = a.groups * a.size, first = context.pass.firstRow * size;
    const float* t = context.arena + a.target;
    float* gradient = context.arena + a.gradient;
    for (i64 e = first + bin; e < first + context.pass.rows * size; e += a.bins)
      gradient[e] = static_cast<float>(each * static_cast<double>(t[e]) + all);
  }
  loss /= static_cast<double>(a.bins);
  sumGroups(context, a, [&](i64, float) { return loss; });
}

// y = the weight of a group, 1 where there are none, and 0 where its target is the class `ignored`.
inline void classWeights(const Context& context, const ClassWeights& a) {
  const Weights weights = weightsOf(context, a);
  const i64 first = context.pass.firstRow * a.groups, end = first + context.pass.rows * a.groups;
  for (i64 group = first; group < end; group++) {
    std::int32_t target;
    std::memcpy(&target, context.arena + a.target + group, sizeof target);
    context.arena[a.y + group] = static_cast<double>(target) == a.ignored ? 0.0f : weights.at(group);
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
