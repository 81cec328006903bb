// What the places of a result take of a source along one axis, as lists in scratch memory: a small sparse matrix.
//
// Windows, means over windows and straight lines between pixels are such a matrix for rows and one for columns, and their
// gradients are the transposes.
#pragma once

#include <type_traits>

#include "context.h"
#include "simd.h"
#include "windows.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// A place in the source, the index within the window, and a factor.
struct Tap {
  std::int32_t at, index;
  float factor;
};

// The taps of every place of a result, list behind list: those of a place are [starts[place], starts[place + 1]).
struct AxisTaps {
  Tap* taps;
  std::int32_t* starts;
  i64 places;

  LOCKSTEP_INLINE const Tap* first(i64 place) const { return taps + starts[place]; }
  LOCKSTEP_INLINE const Tap* end(i64 place) const { return taps + starts[place + 1]; }
};

struct ImageTaps {
  AxisTaps rows, columns;
};

constexpr i64 kTapFloats = sizeof(Tap) / sizeof(float);

// Scratch floats of the lists of at most `taps` taps over `places` places, and of their transpose into `sources`.
LOCKSTEP_INLINE i64 tapFloats(i64 places, i64 sources, i64 taps) {
  return places + sources + 2 + 2 * kTapFloats * taps;
}
LOCKSTEP_INLINE i64 windowTapFloats(const Windows& w) {
  return tapFloats(w.outHeight, w.height, w.outHeight * w.windowHeight) +
         tapFloats(w.outWidth, w.width, w.outWidth * w.windowWidth);
}

// Lends scratch memory piece by piece.
struct TapMemory {
  float* next;

  AxisTaps take(i64 places, i64 taps) {
    const AxisTaps axis{reinterpret_cast<Tap*>(next), reinterpret_cast<std::int32_t*>(next + kTapFloats * taps), places};
    next += kTapFloats * taps + places + 1;
    axis.starts[0] = 0;
    return axis;
  }
};

// For each window the places that lie inside the source, each with a factor of how many they are.
template <class Factor>
AxisTaps axisWindows(TapMemory& memory, i64 size, i64 window, i64 stride, i64 dilation, i64 pad, i64 out,
                     Factor factor) {
  const AxisTaps axis = memory.take(out, out * window);
  for (i64 place = 0; place < out; place++) {
    std::int32_t end = axis.starts[place];
    for (i64 k = 0; k < window; k++) {
      const i64 at = place * stride - pad + k * dilation;
      if (at >= 0 && at < size) axis.taps[end++] = {static_cast<std::int32_t>(at), static_cast<std::int32_t>(k), 0};
    }
    const float each = factor(end - axis.starts[place]);
    for (std::int32_t t = axis.starts[place]; t < end; t++) axis.taps[t].factor = each;
    axis.starts[place + 1] = end;
  }
  return axis;
}

template <class Factor>
ImageTaps windowTaps(TapMemory& memory, const Windows& w, Factor factor) {
  const AxisTaps rows = axisWindows(memory, w.height, w.windowHeight, w.strideHeight, w.dilationHeight, w.padTop,
                                    w.outHeight, factor);
  return {rows, axisWindows(memory, w.width, w.windowWidth, w.strideWidth, w.dilationWidth, w.padLeft, w.outWidth,
                            factor)};
}

// For each of `sources` places of the source the results that take of it, in their order.
inline AxisTaps transposed(TapMemory& memory, const AxisTaps& axis, i64 sources) {
  const i64 count = axis.starts[axis.places];
  const AxisTaps result = memory.take(sources, count);
  for (i64 source = 0; source < sources; source++) result.starts[source + 1] = 0;
  for (i64 t = 0; t < count; t++) result.starts[axis.taps[t].at + 1]++;
  for (i64 source = 0; source < sources; source++) result.starts[source + 1] += result.starts[source];
  // Each start runs to the end of its list, which is the start of the next one.
  for (i64 place = 0; place < axis.places; place++)
    for (const Tap* tap = axis.first(place); tap < axis.end(place); tap++)
      result.taps[result.starts[tap->at]++] = {static_cast<std::int32_t>(place), tap->index, tap->factor};
  for (i64 source = sources; source > 0; source--) result.starts[source] = result.starts[source - 1];
  result.starts[0] = 0;
  return result;
}

inline ImageTaps transposed(TapMemory& memory, const ImageTaps& taps, i64 height, i64 width) {
  const AxisTaps rows = transposed(memory, taps.rows, height);
  return {rows, transposed(memory, taps.columns, width)};
}

// Calls body(vectors, channel, lanes) for the channels of a pixel: four whole vectors at a time, then one by one.
template <class Body>
LOCKSTEP_INLINE void forChannels(i64 channels, Body body) {
  i64 at = 0;
  for (; at + 4 * kLanes <= channels; at += 4 * kLanes) body(std::integral_constant<int, 4>(), at, kLanes);
  forLanes(channels - at, [&](i64 more, i64 lanes) { body(std::integral_constant<int, 1>(), at + more, lanes); });
}

// For every pixel of a result: finish(place, channel, lanes, sum), where the sum is one fma chain from
// start(channel, lanes) over the pixel's taps, rows outside, of the source `from` (…, width, channels) times
// weight(row, column, channel, lanes). The place is that of the pixel's first channel in the result.
template <class Start, class Weight, class Finish>
LOCKSTEP_INLINE void mapImage(const ImageTaps& taps, const float* from, i64 width, i64 channels, Start start,
                              Weight weight, Finish finish) {
  i64 place = 0;
  for (i64 y = 0; y < taps.rows.places; y++)
    for (i64 x = 0; x < taps.columns.places; x++, place += channels)
      forChannels(channels, [&](auto vectors, i64 channel, i64 lanes) {
        V sum[vectors];
        for (int v = 0; v < vectors; v++) sum[v] = start(channel + v * kLanes, lanes);
        for (const Tap* row = taps.rows.first(y); row < taps.rows.end(y); row++)
          for (const Tap* column = taps.columns.first(x); column < taps.columns.end(x); column++) {
            const float* pixel = from + (row->at * width + column->at) * channels + channel;
            for (int v = 0; v < vectors; v++)
              sum[v] = fma(loadLanes(pixel + v * kLanes, lanes), weight(*row, *column, channel + v * kLanes, lanes),
                           sum[v]);
          }
        for (int v = 0; v < vectors; v++) finish(place, channel + v * kLanes, lanes, sum[v]);
      });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
