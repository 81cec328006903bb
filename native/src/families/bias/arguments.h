// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct BiasForward {
  std::int64_t x, b, y, inner, channels, activation;
};
struct BiasGradient {
  std::int64_t dy, b, inner, channels;
};

}  // namespace lockstep
