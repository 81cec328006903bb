// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct GruForward {
  std::int64_t z, u, b, h0, h, previous, inner, last, mask, keep, resetAfter, steps, units, activation,
      recurrentActivation, reversed;
};
struct GruBackward {
  std::int64_t gates, previous, inner, u, dh, dLast, dz, dInner, dh0, mask, keep, resetAfter, steps, units,
      activation, recurrentActivation, reversed;
};

}  // namespace lockstep
