// Max pooling over NHWC records, all channels of a pixel at once.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../patches.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The pixels of a window that lie inside the record: rows × columns of them, places and steps in elements.
struct WindowPixels {
  i64 first, rows, columns, rowStep, columnStep;
};

LOCKSTEP_INLINE WindowPixels pixelsOf(const Windows& w, i64 outRow, i64 outColumn) {
  const i64 top = outRow * w.strideHeight - w.padTop, left = outColumn * w.strideWidth - w.padLeft;
  const InsideRange rows = insideRange(top, w.windowHeight, w.dilationHeight, w.height);
  const InsideRange columns = insideColumns(w, left);
  const i64 row = top + rows.from * w.dilationHeight, column = left + columns.from * w.dilationWidth;
  return {(row * w.width + column) * w.channels, rows.to - rows.from, columns.to - columns.from,
          w.dilationHeight * w.width * w.channels, w.dilationWidth * w.channels};
}

// Calls body(place) for the pixels in row-major order.
template <class Body>
LOCKSTEP_INLINE void forPixels(const WindowPixels& pixels, Body body) {
  // The usual window, without loops.
  if (pixels.rows == 2 && pixels.columns == 2) {
    body(pixels.first);
    body(pixels.first + pixels.columnStep);
    body(pixels.first + pixels.rowStep);
    body(pixels.first + pixels.rowStep + pixels.columnStep);
    return;
  }
  for (i64 r = 0; r < pixels.rows; r++)
    for (i64 c = 0; c < pixels.columns; c++) body(pixels.first + r * pixels.rowStep + c * pixels.columnStep);
}

// x (H, W, C), y (OH, OW, C) a row; a NaN in a window makes its y NaN.
inline void maxPool2dForward(const Context& context, const MaxPool2dForward& a) {
  const Windows& w = a.windows;
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* x = context.arena + a.x + row * imageSize(w);
    float* y = context.arena + a.y + row * positionsOf(w) * w.channels;
    for (i64 outRow = 0; outRow < w.outHeight; outRow++)
      for (i64 outColumn = 0; outColumn < w.outWidth; outColumn++, y += w.channels) {
        const WindowPixels pixels = pixelsOf(w, outRow, outColumn);
        forLanes(w.channels, [&](i64 at, i64 lanes) {
          V largest = broadcast(-__builtin_inff());
          forPixels(pixels, [&](i64 pixel) {
            const V value = loadLanes(x + pixel + at, lanes);
            largest = select(isNan(largest), largest, max(largest, value));
          });
          storeLanes(y + at, largest, lanes);
        });
      }
  }
}

// Clears rows [from, to) of dx right of column `column`.
LOCKSTEP_INLINE void clearRows(const Windows& w, float* dx, i64 from, i64 to, i64 column) {
  for (i64 row = from; row < to; row++)
    clearFloats(dx + (row * w.width + column) * w.channels, (w.width - column) * w.channels);
}

LOCKSTEP_INLINE void applySlope(i64 activation, const float* x, float* dx, i64 size) {
  withActivation(activation, [&](auto activation) {
    if constexpr (decltype(activation)::id == Linear::id) return;
    forLanes(size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, activation.slope(loadLanes(dx + at, lanes), loadLanes(x + at, lanes)), lanes);
    });
  });
}

// As firstLargest, but all pixels that are as large share dy equally.
inline void sharedLargest(const Context& context, const MaxPool2dBackward& a) {
  const Windows& w = a.windows;
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* x = context.arena + a.x + row * imageSize(w);
    float* dx = context.arena + a.dx + row * imageSize(w);
    const i64 out = row * positionsOf(w) * w.channels;
    const float *y = context.arena + a.y + out, *dy = context.arena + a.dy + out;
    clearRows(w, dx, 0, w.height, 0);
    for (i64 outRow = 0; outRow < w.outHeight; outRow++)
      for (i64 outColumn = 0; outColumn < w.outWidth; outColumn++, y += w.channels, dy += w.channels) {
        const WindowPixels pixels = pixelsOf(w, outRow, outColumn);
        forLanes(w.channels, [&](i64 at, i64 lanes) {
          const V largest = loadLanes(y + at, lanes);
          V count = zero();
          const auto isLargest = [&](i64 pixel) { return equal(loadLanes(x + pixel + at, lanes), largest); };
          forPixels(pixels, [&](i64 pixel) { count = count + select(isLargest(pixel), broadcast(1.0f), zero()); });
          const V share = loadLanes(dy + at, lanes) / count;
          forPixels(pixels, [&](i64 pixel) {
            float* place = dx + pixel + at;
            storeLanes(place, loadLanes(place, lanes) + select(isLargest(pixel), share, zero()), lanes);
          });
        });
      }
    applySlope(a.activation, x, dx, imageSize(w));
  }
}

// dx (H, W, C) = Σ dy over the windows of which a pixel is the first largest, ∘ activation′(x).
inline void firstLargest(const Context& context, const MaxPool2dBackward& a) {
  const Windows& w = a.windows;
  // Where no pixel is in two windows its gradient is written once and is final.
  const bool apart = w.dilationHeight == 1 && w.dilationWidth == 1 && w.strideHeight >= w.windowHeight &&
                     w.strideWidth >= w.windowWidth;
  // Where windows stand side by side, only what lies right of them and below has none.
  const bool gapless = apart && w.strideHeight == w.windowHeight && w.strideWidth == w.windowWidth && w.padTop == 0 &&
                       w.padLeft == 0;
  const i64 firstUncovered = gapless ? smaller(w.width, w.outWidth * w.strideWidth) : 0;
  // Forward has long left x for slower memory: two rows of windows ahead of their turn its pixels are asked for.
  const i64 ahead = 2 * w.strideHeight * w.width * w.channels;
  withActivation(a.activation, [&](auto activation) {
    for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
      const float* x = context.arena + a.x + row * imageSize(w);
      float* dx = context.arena + a.dx + row * imageSize(w);
      const i64 out = row * positionsOf(w) * w.channels;
      const float *y = context.arena + a.y + out, *dy = context.arena + a.dy + out;
      for (i64 outRow = 0, cleared = 0; outRow < w.outHeight; outRow++) {
        // Rows of dx are cleared just before the first window that reaches them, while that is cheap.
        const i64 reach = outRow * w.strideHeight - w.padTop + (w.windowHeight - 1) * w.dilationHeight + 1;
        const i64 end = larger(cleared, smaller(w.height, reach));
        clearRows(w, dx, cleared, end, firstUncovered);
        cleared = end;
        if (outRow + 1 == w.outHeight) clearRows(w, dx, cleared, w.height, 0);
        for (i64 outColumn = 0; outColumn < w.outWidth; outColumn++, y += w.channels, dy += w.channels) {
          const WindowPixels pixels = pixelsOf(w, outRow, outColumn);
          forLanes(w.channels, [&](i64 at, i64 lanes) {
            const V largest = loadLanes(y + at, lanes);
            V gradient = loadLanes(dy + at, lanes);
            forPixels(pixels, [&](i64 pixel) {
              float* place = dx + pixel + at;
              prefetch(x + pixel + at + ahead);
              const V value = loadLanes(x + pixel + at, lanes);
              const Mask first = equal(value, largest);
              const V share = select(first, gradient, zero());
              gradient = select(first, zero(), gradient);
              storeLanes(place, apart ? activation.slope(share, value) : loadLanes(place, lanes) + share, lanes);
            });
          });
        }
      }
      if (!apart && decltype(activation)::id != Linear::id)
        forLanes(imageSize(w), [&](i64 at, i64 lanes) {
          storeLanes(dx + at, activation.slope(loadLanes(dx + at, lanes), loadLanes(x + at, lanes)), lanes);
        });
    }
  });
}

inline void maxPool2dBackward(const Context& context, const MaxPool2dBackward& a) {
  a.shared ? sharedLargest(context, a) : firstLargest(context, a);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
