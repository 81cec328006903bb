// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct SimpleRnnForward {
  std::int64_t z, u, h0, h, previous, last, mask, keep, steps, units, activation, reversed;
};
struct SimpleRnnBackward {
  std::int64_t h, u, dh, dLast, dz, dh0, mask, keep, steps, units, activation, reversed;
};

}  // namespace lockstep
