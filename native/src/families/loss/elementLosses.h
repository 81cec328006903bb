// The losses over elements by their numbers, in the order of src/shared/kernels/losses.ts.
#pragma once

#include <cstdint>

namespace lockstep {

enum ElementLossNumber : std::int64_t {
  kMeanSquaredError,
  kMeanAbsoluteError,
  kMeanAbsolutePercentageError,
  kMeanSquaredLogarithmicError,
  kHinge,
  kSquaredHinge,
  kLogCosh,
  kHuber,
  kPoisson,
  kKullbackLeiblerDivergence,
  kBinaryCrossentropy,
  kBinaryFocalCrossentropy,
  kIdentity,
  kElementLosses
};

}  // namespace lockstep
