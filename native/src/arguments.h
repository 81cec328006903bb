// The arguments of each kernel, in the order of kernelSpecs(): 8-byte words that a Call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct DenseForward {
  std::int64_t x, w, b, y, inner, inputs, units, activation;
};
struct DenseInputGradient {
  std::int64_t dy, w, x, dx, inner, inputs, units, activation;
};
struct DenseWeightGradient {
  std::int64_t x, dy, w, b, inner, inputs, units;
};

// The geometry of windows over NHWC records; padding is that of the top and left side.
struct Windows {
  std::int64_t height, width, channels, windowHeight, windowWidth, strideHeight, strideWidth, dilationHeight,
      dilationWidth, padTop, padLeft, outHeight, outWidth;
};

struct Conv2dForward {
  std::int64_t x, w, b, y;
  Windows windows;
  std::int64_t filters, activation;
};
struct Conv2dInputGradient {
  std::int64_t dy, w, x, dx;
  Windows windows;
  std::int64_t filters, activation;
};
struct Conv2dWeightGradient {
  std::int64_t x, dy, w, b;
  Windows windows;
  std::int64_t filters;
};

struct MaxPool2dForward {
  std::int64_t x, y;
  Windows windows;
};
struct MaxPool2dBackward {
  std::int64_t x, y, dy, dx;
  Windows windows;
  std::int64_t activation;
};

struct ActivationForward {
  std::int64_t x, y, size, activation;
};
struct ActivationBackward {
  std::int64_t y, dy, dx, size, activation;
};

struct SoftmaxForward {
  std::int64_t x, y, groups, size;
};
struct SoftmaxBackward {
  std::int64_t y, dy, dx, groups, size;
};

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

struct LstmForward {
  std::int64_t z, u, h, c, previous, last, steps, units, activation, recurrentActivation, reversed;
};
struct LstmBackward {
  std::int64_t gates, c, u, dh, dLast, dz, steps, units, activation, recurrentActivation, reversed;
};

struct Dropout {
  std::int64_t x, y, size;
  double rate;
  std::int64_t layer;
};

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

struct BinaryAccuracy {
  std::int64_t prediction, target, size;
  double threshold;
  std::int64_t sum;
};
struct CategoricalAccuracy {
  std::int64_t prediction, target, groups, size, sparse, sum;
};

}  // namespace lockstep
