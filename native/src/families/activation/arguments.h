// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct ActivationForward {
  std::int64_t x, y, size, activation;
};
struct ActivationBackward {
  std::int64_t y, dy, dx, size, activation;
};

}  // namespace lockstep
