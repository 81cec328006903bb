// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct Dropout {
  std::int64_t x, y, outer, draws, inner;
  double rate, scale, shift, dropped;
  std::int64_t layer;
};

struct GaussianNoise {
  std::int64_t x, y, size;
  double deviation;
  std::int64_t layer;
};
struct GaussianDropout {
  std::int64_t x, y, size;
  double deviation;
  std::int64_t layer;
};

struct RandomRows {
  std::int64_t y, size, distribution, layer;
};

}  // namespace lockstep
