// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include "../../windows.h"

namespace lockstep {

struct MaxPool2dForward {
  std::int64_t x, y;
  Windows windows;
};
struct MaxPool2dBackward {
  std::int64_t x, y, dy, dx;
  Windows windows;
  std::int64_t activation, shared;
};

}  // namespace lockstep
