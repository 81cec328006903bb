// Implicit GEMM: the windows of a few output positions laid out as rows (or columns) of a matrix in cache.
//
// Positions are numbered through a run of records: image-major, then output row, then output column. A patch has
// windowHeight · windowWidth · channels elements, in the order of a filter; what lies in the padding is zero.
#pragma once

#include "gemm.h"
#include "windows.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE i64 positionsOf(const Windows& w) { return w.outHeight * w.outWidth; }
LOCKSTEP_INLINE i64 patchSize(const Windows& w) { return w.windowHeight * w.windowWidth * w.channels; }
LOCKSTEP_INLINE i64 imageSize(const Windows& w) { return w.height * w.width * w.channels; }

LOCKSTEP_INLINE void copyFloats(const float* from, float* to, i64 count) {
  forLanes(count, [&](i64 at, i64 lanes) { storeLanes(to + at, loadLanes(from + at, lanes), lanes); });
}
LOCKSTEP_INLINE void clearFloats(float* to, i64 count) {
  forLanes(count, [&](i64 at, i64 lanes) { storeLanes(to + at, zero(), lanes); });
}

// The part [from, to) of a window's rows or columns that lies inside the image.
struct InsideRange {
  i64 from, to;
};
LOCKSTEP_INLINE InsideRange insideRange(i64 start, i64 window, i64 dilation, i64 size) {
  // Most windows lie inside; they are spared the divisions.
  if (start >= 0 && start + (window - 1) * dilation < size) return {0, window};
  const i64 from = start >= 0 ? 0 : smaller(window, ceilDiv(-start, dilation));
  const i64 to = start >= size ? 0 : smaller(window, (size - 1 - start) / dilation + 1);
  return {from, larger(from, to)};
}
LOCKSTEP_INLINE InsideRange insideColumns(const Windows& w, i64 start) {
  return insideRange(start, w.windowWidth, w.dilationWidth, w.width);
}

// Calls body(image, outRow, outColumn, count, done) for runs of positions [first, first + count) that share an output
// row.
template <class Body>
LOCKSTEP_INLINE void forOutputRows(const Windows& w, i64 first, i64 positions, Body body) {
  i64 image = first / positionsOf(w);
  i64 outRow = first % positionsOf(w) / w.outWidth, outColumn = first % w.outWidth;
  for (i64 done = 0; done < positions;) {
    const i64 count = smaller(w.outWidth - outColumn, positions - done);
    body(image, outRow, outColumn, count, done);
    done += count;
    outColumn = 0;
    if (++outRow == w.outHeight) outRow = 0, image++;
  }
}

// out (positions, step): a patch a row, then 1 where `ones`.
inline void packPatchRows(const Windows& w, const float* x, i64 first, i64 positions, bool ones, float* out, i64 step) {
  const i64 segment = w.windowWidth * w.channels, rowSize = w.width * w.channels;
  forOutputRows(w, first, positions, [&](i64 image, i64 outRow, i64 outColumn, i64 count, i64 done) {
    const float* record = x + image * imageSize(w);
    for (i64 i = 0; i < count; i++) {
      float* patch = out + (done + i) * step;
      const i64 start = (outColumn + i) * w.strideWidth - w.padLeft;
      const InsideRange columns = insideColumns(w, start);
      const i64 inside = (columns.to - columns.from) * w.channels;
      if (ones) patch[patchSize(w)] = 1.0f;
      for (i64 r = 0; r < w.windowHeight; r++, patch += segment) {
        const i64 inRow = outRow * w.strideHeight - w.padTop + r * w.dilationHeight;
        if (inRow < 0 || inRow >= w.height || inside == 0) {
          clearFloats(patch, segment);
          continue;
        }
        const float* pixels = record + inRow * rowSize + (start + columns.from * w.dilationWidth) * w.channels;
        if (inside < segment) clearFloats(patch, segment);
        if (w.dilationWidth == 1)
          copyFloats(pixels, patch + columns.from * w.channels, inside);
        else
          for (i64 c = columns.from; c < columns.to; c++, pixels += w.dilationWidth * w.channels)
            copyFloats(pixels, patch + c * w.channels, w.channels);
      }
    }
  });
}

// out (patchSize, step): a patch a column, then a row of ones where `ones`. For one channel and stride one, where a
// whole run of output columns reads neighbouring pixels.
inline void packPatchColumns(const Windows& w, const float* x, i64 first, i64 positions, bool ones, float* out,
                             i64 step) {
  forOutputRows(w, first, positions, [&](i64 image, i64 outRow, i64 outColumn, i64 count, i64 done) {
    const float* record = x + image * imageSize(w);
    float* element = out + done;
    for (i64 r = 0; r < w.windowHeight; r++) {
      const i64 inRow = outRow * w.strideHeight - w.padTop + r * w.dilationHeight;
      const bool isInside = inRow >= 0 && inRow < w.height;
      for (i64 c = 0; c < w.windowWidth; c++, element += step) {
        const i64 start = outColumn - w.padLeft + c * w.dilationWidth;
        const i64 from = isInside ? smaller(count, larger(0, -start)) : count;
        const i64 to = larger(from, smaller(count, w.width - start));
        if (to - from < count) clearFloats(element, count);
        if (to > from) copyFloats(record + inRow * w.width + start + from, element + from, to - from);
      }
    }
    if (ones)
      for (i64 i = 0; i < count; i++) element[i] = 1.0f;
  });
}

LOCKSTEP_INLINE bool packsColumns(const Windows& w) { return w.channels == 1 && w.strideWidth == 1; }

// Distance of patch rows: never a multiple of 128 bytes' even multiples, which would put all rows of a tile in one set.
LOCKSTEP_INLINE i64 patchStep(i64 size) { return (ceilDiv(size, kLanes) | 1) * kLanes; }

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
