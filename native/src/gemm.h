// The microkernel under every dense and convolution kernel, and the packing of its right-hand panels.
//
// A tile is C (MR, 16·NV) += A (MR, K) · B (K, 16·NV), each element one fma chain over k. Products with more than
// kBlock terms are cut into blocks of kBlock: one chain a block, blocks added in order. So an element's bits depend on
// its own row and column alone, never on the tile it is computed in.
#pragma once

#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Terms of one fma chain; a law of the format of results, the same in every build.
constexpr i64 kBlock = 256;
constexpr i64 kPanel = kLanes * kTileVectors;
constexpr i64 kTileFloats = kTileRows * kPanel;

// How the elements of A lie: `alongK` has a row's terms side by side, rows `step` apart; `alongRows` has the rows of
// one term side by side, terms `step` apart.
enum class Layout { alongK, alongRows };

// Tiles (rows outRow apart there) that are added to the chain's result: result = merge[0] + chain, then merge[-1] + …
struct Merge {
  const float* top = nullptr;
  int count = 0;
};

template <int MR, int NV, Layout L>
__attribute__((noinline)) void tile(const float* a, i64 step, const float* b, i64 bStep, i64 k, Merge merge,
                                    float* out, i64 outRow) {
  V sum[MR][NV];
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) sum[i][v] = zero();
  for (; k > 0; k--) {
    V right[NV];
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) right[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++) {
      const V left = broadcast(L == Layout::alongK ? a[i * step] : a[i]);
#pragma GCC unroll 2
      for (int v = 0; v < NV; v++) sum[i][v] = fma(left, right[v], sum[i][v]);
    }
    a += L == Layout::alongK ? 1 : step;
    b += bStep;
  }
  for (const float* other = merge.top; merge.count > 0; merge.count--, other -= kTileFloats)
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
      for (int v = 0; v < NV; v++) sum[i][v] = load(other + i * kPanel + v * kLanes) + sum[i][v];
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) store(out + i * outRow + v * kLanes, sum[i][v]);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
