// Convolution over NHWC records channel by channel, all channels of a pixel at once.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../foldRows.h"
#include "../../patches.h"
#include "../../taps.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

template <class Arguments>
i64 depthwiseScratch(const Arguments& a, Capacity) {
  return windowTapFloats(a.windows);
}

inline ImageTaps plainWindows(TapMemory& memory, const Windows& w) {
  return windowTaps(memory, w, [](i64) { return 1.0f; });
}

// The weights (KH, KW, C) of a pair of taps.
struct DepthwiseWeights {
  const float* w;
  i64 windowWidth, channels;

  LOCKSTEP_INLINE V operator()(const Tap& row, const Tap& column, i64 channel, i64 lanes) const {
    return loadLanes(w + (row.index * windowWidth + column.index) * channels + channel, lanes);
  }
};

// x (H, W, C), w (KH, KW, C), b (C), y (OH, OW, C) a row.
inline void depthwiseConv2dForward(const Context& context, const DepthwiseConv2dForward& a) {
  const Windows& w = a.windows;
  TapMemory memory{context.scratch};
  const ImageTaps taps = plainWindows(memory, w);
  const DepthwiseWeights weights{context.parameters + a.w, w.windowWidth, w.channels};
  const float* bias = a.b < 0 ? nullptr : context.parameters + a.b;
  const auto start = [&](i64 channel, i64 lanes) { return bias ? loadLanes(bias + channel, lanes) : zero(); };
  withActivation(a.activation, [&](auto activation) {
    for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
      const float* x = context.arena + a.x + row * imageSize(w);
      float* y = context.arena + a.y + row * positionsOf(w) * w.channels;
      mapImage(taps, x, w.width, w.channels, start, weights, [&](i64 place, i64 channel, i64 lanes, V sum) {
        storeLanes(y + place + channel, activation.value(sum), lanes);
      });
    }
  });
}

// dx (H, W, C) = convᵀ(dy (OH, OW, C), w (KH, KW, C)) ∘ activation′(x).
inline void depthwiseConv2dInputGradient(const Context& context, const DepthwiseConv2dInputGradient& a) {
  const Windows& w = a.windows;
  TapMemory memory{context.scratch};
  const ImageTaps taps = transposed(memory, plainWindows(memory, w), w.height, w.width);
  const DepthwiseWeights weights{context.parameters + a.w, w.windowWidth, w.channels};
  withActivation(a.activation, [&](auto activation) {
    for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
      const float* dy = context.arena + a.dy + row * positionsOf(w) * w.channels;
      const float* x = context.arena + a.x + row * imageSize(w);
      float* dx = context.arena + a.dx + row * imageSize(w);
      const auto start = [](i64, i64) { return zero(); };
      mapImage(taps, dy, w.outWidth, w.channels, start, weights, [&](i64 place, i64 channel, i64 lanes, V sum) {
        const i64 at = place + channel;
        storeLanes(dx + at, activation.slope(sum, loadLanes(x + at, lanes)), lanes);
      });
    }
  });
}

// Weights and, behind them, the bias.
LOCKSTEP_INLINE i64 depthwiseGradientSize(const Windows& w) { return patchSize(w) + w.channels; }

inline i64 depthwiseWeightGradientScratch(const DepthwiseConv2dWeightGradient& a, Capacity) {
  return windowTapFloats(a.windows) + depthwiseGradientSize(a.windows);
}
inline i64 depthwiseWeightGradientKept(const DepthwiseConv2dWeightGradient& a, Capacity capacity) {
  return foldRowsFloats(depthwiseGradientSize(a.windows), capacity);
}

// sums (KH, KW, C), then (C), += the windows of one output row ∘ dy, and dy.
inline void addOutputRow(const Windows& w, const ImageTaps& taps, i64 outRow, const float* x, const float* dy,
                         float* sums) {
  float* biasSum = sums + patchSize(w);
  for (i64 outColumn = 0; outColumn < w.outWidth; outColumn++, dy += w.channels)
    forChannels(w.channels, [&](auto vectors, i64 channel, i64 lanes) {
      V gradient[vectors];
      for (int v = 0; v < vectors; v++) {
        const i64 at = channel + v * kLanes;
        gradient[v] = loadLanes(dy + at, lanes);
        storeLanes(biasSum + at, loadLanes(biasSum + at, lanes) + gradient[v], lanes);
      }
      for (const Tap* row = taps.rows.first(outRow); row < taps.rows.end(outRow); row++)
        for (const Tap* column = taps.columns.first(outColumn); column < taps.columns.end(outColumn); column++) {
          const float* pixel = x + (row->at * w.width + column->at) * w.channels + channel;
          float* sum = sums + (row->index * w.windowWidth + column->index) * w.channels + channel;
          for (int v = 0; v < vectors; v++) {
            const i64 at = v * kLanes;
            storeLanes(sum + at, fma(loadLanes(pixel + at, lanes), gradient[v], loadLanes(sum + at, lanes)), lanes);
          }
        }
    });
}

// x (H, W, C), dy (OH, OW, C): slabs of dw (KH, KW, C) and db (C), per shard and folded. A row's output positions are
// added in blocks of whole output rows, as many as make one chain.
inline void depthwiseConv2dWeightGradient(const Context& context, const DepthwiseConv2dWeightGradient& a) {
  const Windows& w = a.windows;
  TapMemory memory{context.scratch};
  const ImageTaps taps = plainWindows(memory, w);
  float* block = memory.next;
  const i64 size = depthwiseGradientSize(w), rowFloats = w.outWidth * w.channels;
  const i64 blockOutRows = larger(1, kChainTerms / w.outWidth), first = context.pass.firstRow - context.pass.chunk;
  const float* x = context.arena + a.x + first * imageSize(w);
  const float* dy = context.arena + a.dy + first * positionsOf(w) * w.channels;
  const auto addRow = [&](i64 row, float* sum) {
    for (i64 from = 0; from < w.outHeight; from += blockOutRows) {
      clearFloats(block, size);
      for (i64 outRow = from; outRow < smaller(w.outHeight, from + blockOutRows); outRow++)
        addOutputRow(w, taps, outRow, x + row * imageSize(w), dy + (row * w.outHeight + outRow) * rowFloats, block);
      forLanes(size, [&](i64 at, i64 lanes) {
        storeLanes(sum + at, loadLanes(sum + at, lanes) + loadLanes(block + at, lanes), lanes);
      });
    }
  };
  foldRows(context, size, addRow, [&](float* slab, const float* sum) {
    copyFloats(sum, slab + a.w, patchSize(w));
    if (a.b >= 0) copyFloats(sum + patchSize(w), slab + a.b, w.channels);
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
