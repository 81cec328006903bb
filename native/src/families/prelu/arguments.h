// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

// A row is (outer, slopes, inner).
struct Slopes {
  std::int64_t outer, slopes, inner;
};

struct PreluForward {
  std::int64_t x, y, alpha;
  Slopes row;
};
struct PreluInputGradient {
  std::int64_t x, dy, dx, alpha;
  Slopes row;
};
struct PreluWeightGradient {
  std::int64_t x, dy, alpha;
  Slopes row;
};

}  // namespace lockstep
