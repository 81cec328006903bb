// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct LstmForward {
  std::int64_t z, u, h0, c0, h, c, previous, last, mask, keep, steps, units, activation, recurrentActivation,
      reversed;
};
struct LstmBackward {
  std::int64_t gates, c0, c, u, dh, dLast, dcLast, dz, dh0, dc0, mask, keep, steps, units, activation,
      recurrentActivation, reversed;
};

}  // namespace lockstep
