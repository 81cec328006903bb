// Max pooling over NHWC records, all channels of a pixel at once.
#pragma once

#include "activation.h"
#include "patches.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Calls body(offset) with the place in the record (in elements) of each pixel of a window that lies inside it, in
// row-major order.
template <class Body>
LOCKSTEP_INLINE void forPixels(const Windows& w, i64 outRow, i64 outColumn, Body body) {
  const i64 start = outColumn * w.strideWidth - w.padLeft;
  const ColumnRange columns = insideColumns(w, start);
  for (i64 r = 0; r < w.windowHeight; r++) {
    const i64 inRow = outRow * w.strideHeight - w.padTop + r * w.dilationHeight;
    if (inRow < 0 || inRow >= w.height) continue;
    for (i64 c = columns.from; c < columns.to; c++) body((inRow * w.width + start + c * w.dilationWidth) * w.channels);
  }
}

// x (H, W, C), y (OH, OW, C) a row; a NaN in a window makes its y NaN.
inline void maxPool2dForward(const Context& context, const MaxPool2dForward& a) {
  const Windows& w = a.windows;
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* x = context.arena + a.x + row * imageSize(w);
    float* y = context.arena + a.y + row * positionsOf(w) * w.channels;
    for (i64 outRow = 0; outRow < w.outHeight; outRow++)
      for (i64 outColumn = 0; outColumn < w.outWidth; outColumn++, y += w.channels)
        forLanes(w.channels, [&](i64 at, i64 lanes) {
          V largest = broadcast(-__builtin_inff());
          forPixels(w, outRow, outColumn, [&](i64 pixel) {
            const V value = loadLanes(x + pixel + at, lanes);
            largest = select(isNan(largest), largest, max(largest, value));
          });
          storeLanes(y + at, largest, lanes);
        });
  }
}

// dx (H, W, C) = Σ dy over the windows of which a pixel is the first largest, ∘ activation′(x).
inline void maxPool2dBackward(const Context& context, const MaxPool2dBackward& a) {
  const Windows& w = a.windows;
  // Where no pixel is in two windows its gradient is written once and is final.
  const bool apart = w.dilationHeight == 1 && w.dilationWidth == 1 && w.strideHeight >= w.windowHeight &&
                     w.strideWidth >= w.windowWidth;
  withActivation(a.activation, [&](auto activation) {
    for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
      const float* x = context.arena + a.x + row * imageSize(w);
      float* dx = context.arena + a.dx + row * imageSize(w);
      const i64 out = row * positionsOf(w) * w.channels;
      const float *y = context.arena + a.y + out, *dy = context.arena + a.dy + out;
      const i64 rowSize = w.width * w.channels;
      for (i64 outRow = 0, cleared = 0; outRow < w.outHeight; outRow++) {
        // Rows of dx are cleared just before the first window that reaches them, while that is cheap.
        const i64 reach = outRow * w.strideHeight - w.padTop + (w.windowHeight - 1) * w.dilationHeight + 1;
        const i64 end = outRow + 1 == w.outHeight ? w.height : larger(cleared, smaller(w.height, reach));
        clearFloats(dx + cleared * rowSize, (end - cleared) * rowSize);
        cleared = end;
        for (i64 outColumn = 0; outColumn < w.outWidth; outColumn++, y += w.channels, dy += w.channels)
          forLanes(w.channels, [&](i64 at, i64 lanes) {
            const V largest = loadLanes(y + at, lanes);
            V gradient = loadLanes(dy + at, lanes);
            forPixels(w, outRow, outColumn, [&](i64 pixel) {
              float* place = dx + pixel + at;
              const V value = loadLanes(x + pixel + at, lanes);
              const Mask first = equal(value, largest);
              const V share = select(first, gradient, zero());
              gradient = select(first, zero(), gradient);
              storeLanes(place, apart ? activation.slope(share, value) : loadLanes(place, lanes) + share, lanes);
            });
          });
      }
      if (!apart && decltype(activation)::id != Linear::id)
        forLanes(imageSize(w), [&](i64 at, i64 lanes) {
          storeLanes(dx + at, activation.slope(loadLanes(dx + at, lanes), loadLanes(x + at, lanes)), lanes);
        });
    }
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
