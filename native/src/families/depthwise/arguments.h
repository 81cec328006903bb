// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include "../../windows.h"

namespace lockstep {

struct DepthwiseConv2dForward {
  std::int64_t x, w, b, y;
  Windows windows;
  std::int64_t activation;
};
struct DepthwiseConv2dInputGradient {
  std::int64_t dy, w, x, dx;
  Windows windows;
  std::int64_t activation;
};
struct DepthwiseConv2dWeightGradient {
  std::int64_t x, dy, w, b;
  Windows windows;
};

}  // namespace lockstep
