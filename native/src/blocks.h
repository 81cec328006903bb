// How sums are cut into blocks: a law of the format of results, the same in every build.
#pragma once

#include <cstdint>

namespace lockstep {

// Terms of one fma chain.
constexpr std::int64_t kChainTerms = 256;

// Rows whose output positions together make one block of a convolution's weight gradient.
constexpr std::int64_t blockRows(std::int64_t positions) {
  return positions < kChainTerms ? kChainTerms / positions : 1;
}

}  // namespace lockstep
