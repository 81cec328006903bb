// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include "../../windows.h"

namespace lockstep {

struct Conv2dForward {
  std::int64_t x, w, b, y;
  Windows windows;
  std::int64_t filters, activation;
};
struct Conv2dInputGradient {
  std::int64_t dy, w, x, dx;
  Windows windows;
  std::int64_t filters, activation;
};
struct Conv2dWeightGradient {
  std::int64_t x, dy, w, b;
  Windows windows;
  std::int64_t filters;
};

}  // namespace lockstep
