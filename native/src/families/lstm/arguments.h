// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct LstmForward {
  std::int64_t z, u, h, c, previous, last, mask, steps, units, activation, recurrentActivation, reversed;
};
struct LstmBackward {
  std::int64_t gates, c, u, dh, dLast, dz, mask, steps, units, activation, recurrentActivation, reversed;
};

}  // namespace lockstep
