// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct EmbeddingForward {
  std::int64_t x, w, y, inner, vocabulary, size;
};
struct EmbeddingWeightGradient {
  std::int64_t x, dy, w, inner, vocabulary, size;
};

}  // namespace lockstep
