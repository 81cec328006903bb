// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct DenseForward {
  std::int64_t x, w, b, y, inner, inputs, units, activation;
};
struct DenseInputGradient {
  std::int64_t dy, w, x, dx, inner, inputs, units, activation;
};
struct DenseWeightGradient {
  std::int64_t x, dy, w, b, inner, inputs, units;
};
struct DenseColumnsGradient {
  std::int64_t x, dy, w, inner, inputs, units, first, columns;
};

}  // namespace lockstep
