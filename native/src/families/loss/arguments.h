// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct WeightSums {
  std::int64_t weight, groups, sum;
};

// What all losses of predictions begin with.
struct LossArguments {
  std::int64_t prediction, target, weight, groups, size, sum, gradient, weightSum;
  double lossWeight;
};

// A loss that makes predictions of logits first.
struct FusedArguments {
  std::int64_t logits, target, probabilities, gradient, weight, weightSum;
  double lossWeight;
  std::int64_t groups, size;
  double smoothing;
  std::int64_t sum;
};

struct SoftmaxCrossEntropy : FusedArguments {
  std::int64_t sparse;
};
struct SigmoidCrossEntropy : FusedArguments {
  double alpha, gamma;
};

struct ElementLoss : LossArguments {
  std::int64_t loss, divisor;
  double smoothing, delta, alpha, gamma;
};
struct CategoricalCrossentropy : LossArguments {
  std::int64_t sparse;
  double smoothing, alpha, gamma;
};
struct CategoricalHinge : LossArguments {};
struct CosineSimilarity : LossArguments {};
struct GeneralizedCrossEntropy : LossArguments {
  std::int64_t sparse;
  double q;
};

// Sums over the whole batch of what a region has in common with another.
struct OverlapSums {
  std::int64_t prediction, target, size, bins, sum;
};
struct OverlapLoss : LossArguments {
  std::int64_t weights, overlap, bins;
  double times, shared, wanted, found;
};
struct ClassWeights {
  std::int64_t target, weight, y, groups;
  double ignored;
};

}  // namespace lockstep
