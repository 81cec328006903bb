// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct BatchNormSums {
  std::int64_t x, sum, inner, channels;
};
struct BatchNormForward {
  std::int64_t x, y, gamma, beta, sum;
  double epsilon;
  std::int64_t inner, channels;
};
struct BatchNormInference {
  std::int64_t x, y, gamma, beta, mean, variance;
  double epsilon;
  std::int64_t inner, channels;
};
struct BatchNormGradientSums {
  std::int64_t x, dy, gamma, beta, sum, gradientSum;
  double epsilon;
  std::int64_t inner, channels;
};
struct BatchNormInputGradient {
  std::int64_t x, dy, dx, gamma, sum, gradientSum;
  double epsilon;
  std::int64_t activation, inner, channels;
};
struct BatchNormFrozenGradient {
  std::int64_t dy, dx, gamma, variance;
  double epsilon;
  std::int64_t inner, channels;
};
struct BatchNormAverages {
  std::int64_t mean, variance, sum;
  double momentum;
  std::int64_t inner, channels;
};

}  // namespace lockstep
