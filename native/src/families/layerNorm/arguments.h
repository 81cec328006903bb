// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct LayerNormForward {
  std::int64_t x, y, statistics, gamma, beta, groups, size;
  double epsilon;
};
struct LayerNormInputGradient {
  std::int64_t x, dy, dx, statistics, gamma, groups, size;
};
struct LayerNormWeightGradient {
  std::int64_t x, dy, statistics, gamma, beta, groups, size;
};

}  // namespace lockstep
