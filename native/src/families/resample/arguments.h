// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include "../../windows.h"

namespace lockstep {

struct AveragePool2dForward {
  std::int64_t x, y;
  Windows windows;
};
struct AveragePool2dBackward {
  std::int64_t dy, x, dx;
  Windows windows;
  std::int64_t activation;
};

// An image and the size it is brought to.
struct Resizing {
  std::int64_t height, width, channels, outHeight, outWidth;
};
struct BilinearForward {
  std::int64_t x, y;
  Resizing sizes;
};
struct BilinearBackward {
  std::int64_t dy, dx;
  Resizing sizes;
};

}  // namespace lockstep
