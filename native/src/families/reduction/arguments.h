// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct ReduceAxis {
  std::int64_t x, y, outer, length, inner, reduction;
};

constexpr std::int64_t kReductions = 7;

}  // namespace lockstep
