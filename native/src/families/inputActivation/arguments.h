// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

// The numbers that shape some of the activations.
struct ActivationShape {
  std::int64_t activation;
  double alpha, threshold, limit;
};

struct InputActivationForward {
  std::int64_t x, y, size;
  ActivationShape shape;
};
struct InputActivationBackward {
  std::int64_t x, dy, dx, size;
  ActivationShape shape;
};

constexpr std::int64_t kInputActivations = 17;

}  // namespace lockstep
