// The geometry of windows over NHWC records.
#pragma once

#include <cstdint>

namespace lockstep {

// Padding is that of the top and left side.
struct Windows {
  std::int64_t height, width, channels, windowHeight, windowWidth, strideHeight, strideWidth, dilationHeight,
      dilationWidth, padTop, padLeft, outHeight, outWidth;
};

}  // namespace lockstep
