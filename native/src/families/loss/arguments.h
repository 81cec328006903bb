// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct SoftmaxCrossEntropy {
  std::int64_t logits, target, probabilities, gradient, groups, size, sparse, sum;
};
struct SigmoidCrossEntropy {
  std::int64_t logits, target, probabilities, gradient, size, sum;
};
struct MeanSquaredError {
  std::int64_t prediction, target, gradient, size, sum;
};
struct BinaryCrossentropy {
  std::int64_t prediction, target, gradient, size, sum;
};
struct CategoricalCrossentropy {
  std::int64_t prediction, target, gradient, groups, size, sparse, sum;
};

}  // namespace lockstep
