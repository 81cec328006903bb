// The microkernel under every dense and convolution kernel, and the packing of its right-hand panels.
//
// A tile is C (MR, 16·NV) += A (MR, K) · B (K, 16·NV), each element one fma chain over k. Products with more than
// kBlock terms are cut into blocks of kBlock: one chain a block, blocks added in order. So an element's bits depend on
// its own row and column alone, never on the tile it is computed in.
#pragma once

#include "blocks.h"
#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Terms of one fma chain; a law of the format of results, the same in every build.
constexpr i64 kBlock = kChainTerms;
constexpr i64 kPanel = kLanes * kTileVectors;
constexpr i64 kTileFloats = kTileRows * kPanel;

// How the elements of A lie: `alongK` has a row's terms side by side, rows `step` apart; `alongRows` has the rows of
// one term side by side, terms `step` apart.
enum class Layout { alongK, alongRows };

// Tiles of the same shape that are added to the chain's result: top + chain, then (top − step) + that, and so on.
// Their rows are kPanel apart. Then, where there is a bias (of the panel's columns), max(floor, result + bias).
struct Merge {
  const float* top = nullptr;
  i64 count = 0;
  i64 step = kTileFloats;
  const float* bias = nullptr;
  float floor = 0;
};

// The tiles hold MR × 16·NV sums. Chain, merges and bias stay in registers; out has rows outRow apart.
template <int MR, int NV, Layout L>
__attribute__((noinline)) void tile(const float* a, i64 step, const float* b, i64 bStep, i64 k, const Merge& merge,
                                    float* out, i64 outRow) {
  V sum[MR][NV];
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) sum[i][v] = zero();
#pragma GCC unroll kTileUnroll
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
  const float* other = merge.top;
  for (i64 count = merge.count; count > 0; count--, other -= merge.step)
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
      for (int v = 0; v < NV; v++) sum[i][v] = load(other + i * kPanel + v * kLanes) + sum[i][v];
  if (merge.bias != nullptr)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      const V bias = load(merge.bias + v * kLanes), floor = broadcast(merge.floor);
#pragma GCC unroll 16
      for (int i = 0; i < MR; i++) sum[i][v] = max(floor, sum[i][v] + bias);
    }
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) store(out + i * outRow + v * kLanes, sum[i][v]);
}

using TileFunction = void (*)(const float*, i64, const float*, i64, i64, const Merge&, float*, i64);

template <Layout L, int NV, int... Row>
struct TileTable {
  static constexpr TileFunction functions[] = {tile<Row, NV, L>...};
};

// The microkernel for a tile of `rows` rows (1 … kTileRows) and `vectors` vectors (1 … kTileVectors).
template <Layout L>
LOCKSTEP_INLINE TileFunction tileFunction(i64 rows, i64 vectors) {
#if defined(LOCKSTEP_BUILD_AVX512)
  if (vectors == 2) return TileTable<L, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14>::functions[rows - 1];
  return TileTable<L, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14>::functions[rows - 1];
#else
  static_cast<void>(vectors);
  return TileTable<L, 1, 1, 2, 3, 4, 5, 6>::functions[rows - 1];
#endif
}

// Cuts `rows` rows into as few tiles as will do, as even as can be: no tile is left with a row or two.
struct RowTiles {
  i64 rows, count;
  explicit LOCKSTEP_INLINE RowTiles(i64 n) : rows(n), count(ceilDiv(n, kTileRows)) {}
  LOCKSTEP_INLINE i64 first(i64 t) const { return t * (rows / count) + smaller(t, rows % count); }
};

// Columns [first, first + columns) of a right-hand side of n columns: a panel, `vectors` vectors wide.
struct Panel {
  i64 first, columns, vectors;
  LOCKSTEP_INLINE Panel(i64 number, i64 n)
      : first(number * kPanel), columns(smaller(kPanel, n - first)), vectors(ceilDiv(columns, kLanes)) {}
  LOCKSTEP_INLINE bool whole() const { return columns == kPanel; }
};
LOCKSTEP_INLINE i64 panelCount(i64 n) { return ceilDiv(n, kPanel); }

// Rows that packing asks for ahead: no processor foresees accesses that are pages apart.
constexpr i64 kAheadRows = 16;

// out (k, kPanel) = columns of the panel of b (k, n); columns beyond are zero. Rows of b are `row` apart.
inline void packPanel(const float* b, i64 row, i64 k, Panel panel, float* out) {
  b += panel.first;
  if (panel.whole()) {
    for (i64 i = 0; i < k; i++, b += row, out += kPanel)
#pragma GCC unroll 2
      for (int v = 0; v < kTileVectors; v++) {
        prefetch(b + kAheadRows * row + v * kLanes);
        store(out + v * kLanes, load(b + v * kLanes));
      }
    return;
  }
  for (i64 i = 0; i < k; i++, b += row, out += kPanel)
    for (i64 v = 0; v < panel.vectors; v++)
      storeLanes(out + v * kLanes, loadLanes(b + v * kLanes, panel.columns - v * kLanes), kLanes);
}

// out (k, kPanel) = rows of the panel of b (n, k), transposed; rows beyond are zero. Rows of b are `row` apart.
inline void packTransposedPanel(const float* b, i64 row, i64 k, Panel panel, float* out) {
  b += panel.first * row;
  for (i64 j = 0; j < panel.vectors * kLanes; j += kLanes) {
    const i64 columns = smaller(kLanes, panel.columns - j);
    i64 i = 0;
    if (columns == kLanes)
      for (; i + kLanes <= k; i += kLanes) transpose16(b + j * row + i, row, out + i * kPanel + j, kPanel);
    for (; i < k; i++)
      for (i64 column = 0; column < kLanes; column++)
        out[i * kPanel + j + column] = column < columns ? b[(j + column) * row + i] : 0.0f;
  }
}

// Floats of the tiles that multiplyPanel keeps between blocks.
LOCKSTEP_INLINE i64 partialFloats(i64 rows) { return RowTiles(rows).count * kTileFloats; }

// A (rows, k) · one panel of B (k, 16·vectors): right(from, terms) gives the panel's rows from `from` on, bStep apart,
// and last(run, left, b, terms, merge, firstRow, rows) forms each tile's last block. A block of the panel stays in the
// first-level cache while all rows pass it; packing it only then keeps the packed copy there too.
template <Layout L, class Right, class Last>
LOCKSTEP_INLINE void multiplyBlocks(const float* a, i64 step, i64 rows, i64 k, Right right, i64 bStep, i64 vectors,
                                    float* partial, Last last) {
  const RowTiles tiles(rows);
  for (i64 from = 0; from < k; from += kBlock) {
    const i64 terms = smaller(kBlock, k - from);
    const float* b = right(from, terms);
    for (i64 t = 0; t < tiles.count; t++) {
      const i64 first = tiles.first(t), count = tiles.first(t + 1) - first;
      float* at = k > kBlock ? partial + t * kTileFloats : partial;
      const Merge merge{at, from > 0 ? 1 : 0};
      const float* left = L == Layout::alongK ? a + first * step + from : a + first + from * step;
      const TileFunction run = tileFunction<L>(count, vectors);
      if (from + terms < k)
        run(left, step, b, bStep, terms, merge, at, kPanel);
      else
        last(run, left, b, terms, merge, first, count);
    }
  }
}

// finish(tile, firstRow, rows) takes each finished tile, whose rows are kPanel apart.
template <Layout L, class Right, class Finish>
LOCKSTEP_INLINE void multiplyPanel(const float* a, i64 step, i64 rows, i64 k, Right right, i64 bStep, i64 vectors,
                                   float* partial, Finish finish) {
  multiplyBlocks<L>(a, step, rows, k, right, bStep, vectors, partial,
                    [&](TileFunction run, const float* left, const float* b, i64 terms, Merge merge, i64 first,
                        i64 count) {
                      // The tile's place, whether or not an earlier block is there.
                      float* at = const_cast<float*>(merge.top);
                      run(left, step, b, bStep, terms, merge, at, kPanel);
                      finish(at, first, count);
                    });
}

// Stores max(floor, tile + bias) in out, whose rows are outRow apart; for whole panels.
template <Layout L, class Right>
LOCKSTEP_INLINE void multiplyPanelInto(const float* a, i64 step, i64 rows, i64 k, Right right, i64 bStep,
                                       float* partial, const float* bias, float floor, float* out, i64 outRow) {
  multiplyBlocks<L>(a, step, rows, k, right, bStep, kTileVectors, partial,
                    [&](TileFunction run, const float* left, const float* b, i64 terms, Merge merge, i64 first, i64) {
                      merge.bias = bias;
                      merge.floor = floor;
                      run(left, step, b, bStep, terms, merge, out + first * outRow, outRow);
                    });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
