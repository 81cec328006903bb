// Average pooling and bilinear resizing over NHWC records: every pixel of the result is a weighted sum of pixels, and
// the gradient is the transposed map.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../patches.h"
#include "../../taps.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// One record resampled: finish(place, sum) for each group of elements of the result.
template <class Finish>
LOCKSTEP_INLINE void resample(const ImageTaps& taps, const float* from, i64 width, i64 channels, Finish finish) {
  mapImage(
      taps, from, width, channels, [](i64, i64) { return zero(); },
      [](const Tap& row, const Tap& column, i64, i64) { return broadcast(row.factor * column.factor); },
      [&](i64 place, i64 channel, i64 lanes, V sum) { finish(place + channel, lanes, sum); });
}

template <class Arguments>
i64 averagePoolScratch(const Arguments& a, Capacity) {
  return windowTapFloats(a.windows);
}

// Each pixel of a window counts for one in as many as it has.
inline ImageTaps meanTaps(TapMemory& memory, const Windows& w) {
  return windowTaps(memory, w, [](i64 count) { return 1.0f / static_cast<float>(count); });
}

// x (H, W, C), y (OH, OW, C) a row.
inline void averagePool2dForward(const Context& context, const AveragePool2dForward& a) {
  const Windows& w = a.windows;
  TapMemory memory{context.scratch};
  const ImageTaps taps = meanTaps(memory, w);
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    float* y = context.arena + a.y + row * positionsOf(w) * w.channels;
    resample(taps, context.arena + a.x + row * imageSize(w), w.width, w.channels,
             [&](i64 at, i64 lanes, V sum) { storeLanes(y + at, sum, lanes); });
  }
}

// dx (H, W, C) = Σ dy (OH, OW, C) / elements of the window, ∘ activation′(x).
inline void averagePool2dBackward(const Context& context, const AveragePool2dBackward& a) {
  const Windows& w = a.windows;
  TapMemory memory{context.scratch};
  const ImageTaps taps = transposed(memory, meanTaps(memory, w), w.height, w.width);
  withActivation(a.activation, [&](auto activation) {
    for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
      const float* x = context.arena + a.x + row * imageSize(w);
      float* dx = context.arena + a.dx + row * imageSize(w);
      resample(taps, context.arena + a.dy + row * positionsOf(w) * w.channels, w.outWidth, w.channels,
               [&](i64 at, i64 lanes, V sum) {
                 storeLanes(dx + at, activation.slope(sum, loadLanes(x + at, lanes)), lanes);
               });
    }
  });
}

template <class Arguments>
i64 bilinearScratch(const Arguments& a, Capacity) {
  const Resizing& r = a.sizes;
  return tapFloats(r.outHeight, r.height, 2 * r.outHeight) + tapFloats(r.outWidth, r.width, 2 * r.outWidth);
}

// The two pixels between whose centres the centre of each result lies; one at the border.
inline AxisTaps lineTaps(TapMemory& memory, i64 size, i64 outSize) {
  const AxisTaps axis = memory.take(outSize, 2 * outSize);
  for (i64 out = 0; out < outSize; out++) {
    const double place = (static_cast<double>(out) + 0.5) * static_cast<double>(size) / static_cast<double>(outSize) - 0.5;
    const auto first = static_cast<std::int32_t>(place < 0 ? -1 : place);
    const auto last = static_cast<std::int32_t>(size - 1);
    Tap* taps = axis.taps + axis.starts[out];
    const bool isBorder = first < 0 || first >= last;
    const double share = place - first;
    taps[0] = {isBorder ? (first < 0 ? 0 : last) : first, 0, isBorder ? 1.0f : static_cast<float>(1 - share)};
    if (!isBorder) taps[1] = {first + 1, 1, static_cast<float>(share)};
    axis.starts[out + 1] = axis.starts[out] + (isBorder ? 1 : 2);
  }
  return axis;
}

inline ImageTaps bilinearTaps(TapMemory& memory, const Resizing& r) {
  const AxisTaps rows = lineTaps(memory, r.height, r.outHeight);
  return {rows, lineTaps(memory, r.width, r.outWidth)};
}

// x (H, W, C), y (OH, OW, C) a row.
inline void bilinearForward(const Context& context, const BilinearForward& a) {
  const Resizing& r = a.sizes;
  TapMemory memory{context.scratch};
  const ImageTaps taps = bilinearTaps(memory, r);
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    float* y = context.arena + a.y + row * r.outHeight * r.outWidth * r.channels;
    resample(taps, context.arena + a.x + row * r.height * r.width * r.channels, r.width, r.channels,
             [&](i64 at, i64 lanes, V sum) { storeLanes(y + at, sum, lanes); });
  }
}

// dx (H, W, C) = the transposed map of dy (OH, OW, C).
inline void bilinearBackward(const Context& context, const BilinearBackward& a) {
  const Resizing& r = a.sizes;
  TapMemory memory{context.scratch};
  const ImageTaps taps = transposed(memory, bilinearTaps(memory, r), r.height, r.width);
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    float* dx = context.arena + a.dx + row * r.height * r.width * r.channels;
    resample(taps, context.arena + a.dy + row * r.outHeight * r.outWidth * r.channels, r.outWidth, r.channels,
             [&](i64 at, i64 lanes, V sum) { storeLanes(dx + at, sum, lanes); });
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
