// What callers know of the update kernels, the same in every build.
#pragma once

#include "context.h"

namespace lockstep {

constexpr int kUpdateVectors = 3, kUpdateScalars = 7;

// One run of an update kernel: elements of the flat vectors, vectors that are not kept being nullptr.
struct UpdateStep {
  float* parameters;
  float* gradient;
  float* vectors[kUpdateVectors];
  i64 count;
  // The gradient times gradientScale is clipped to ± clip; a weight loses the share weightLoss before its change.
  double gradientScale, clip, weightLoss;
  double scalars[kUpdateScalars];
  // Set by kernels that read a gradient: whether it and the new weights are finite.
  mutable bool isFinite = true;
};

struct UpdateSpec {
  const char* name;
  // Vectors it takes, the first `required` of which must be there.
  int vectors, required, scalars;
};

// In the order of updateFunctions in updates.h.
constexpr UpdateSpec kUpdateSpecs[] = {
    {"sgd", 1, 0, 4},    {"rmsprop", 3, 1, 4}, {"adagrad", 1, 1, 2}, {"adadelta", 2, 2, 4}, {"adam", 3, 2, 4},
    {"adamax", 2, 2, 4}, {"nadam", 2, 2, 6},   {"lion", 1, 1, 3},    {"ftrl", 2, 2, 5},
    {"scheduleFreeAdamW", 2, 2, 6},
    {"lamb", 2, 2, 6},   {"adafactor", 2, 2, 7},   {"average", 1, 1, 1},
    {"penaltyGradient", 0, 0, 2}, {"nonNegative", 0, 0, 0}, {"boundedNorm", 0, 0, 6},
};
constexpr int kUpdateKernels = sizeof kUpdateSpecs / sizeof *kUpdateSpecs;

}  // namespace lockstep
