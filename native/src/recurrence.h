// What recurrent kernels share: blocks of rows, steps, and the products of the state with a packed matrix.
//
// A block of rows goes through all time steps before the next block does: its state stays in the first-level cache and
// the recurrent matrix, packed once a call, in the second-level one. What a row becomes does not depend on its block.
#pragma once

#include "context.h"
#include "gemm.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// A narrow tile takes more of them to a block, so that a panel of the matrix is read often enough.
constexpr i64 kSequenceRows = (kTileRows > 8 ? 2 : 4) * kTileRows;

// A row of state in scratch memory; the rest of a line keeps rows off each other's places in the cache.
LOCKSTEP_INLINE i64 stateRow(i64 elements) { return roundUp(elements, kLanes) + kLanes; }

// The rows of a pass in blocks of at most kSequenceRows, as even as can be.
struct RowBlocks {
  i64 rows, count;
  explicit LOCKSTEP_INLINE RowBlocks(i64 n) : rows(n), count(ceilDiv(n, kSequenceRows)) {}
  LOCKSTEP_INLINE i64 first(i64 b) const { return b * (rows / count) + smaller(b, rows % count); }
};

// Where in time the n-th step to be taken stands.
LOCKSTEP_INLINE i64 timeStep(i64 n, i64 steps, i64 reversed) { return reversed ? steps - 1 - n : n; }

// out (rows of kPanel, panel by panel) = left (rows, k), leftRow apart, · packed panels (k, kPanel).
LOCKSTEP_INLINE void multiplyState(const float* left, i64 leftRow, i64 rows, i64 k, const float* packed, i64 panels,
                                   float* out) {
  const RowTiles tiles(rows);
  for (i64 p = 0; p < panels; p++, packed += k * kPanel, out += kSequenceRows * kPanel)
    for (i64 from = 0; from < k; from += kBlock) {
      const i64 terms = smaller(kBlock, k - from);
      for (i64 t = 0; t < tiles.count; t++) {
        const i64 first = tiles.first(t), count = tiles.first(t + 1) - first;
        float* at = out + first * kPanel;
        tileFunction<Layout::alongK>(count, kTileVectors)(left + first * leftRow + from, leftRow, packed + from * kPanel,
                                                          kPanel, terms, Merge{at, from > 0 ? 1 : 0}, at, kPanel);
      }
    }
}

// Where vector number `vector` of a row stands among the products of multiplyState.
LOCKSTEP_INLINE i64 productPlace(i64 vector, i64 row) {
  return (vector / kTileVectors * kSequenceRows + row) * kPanel + vector % kTileVectors * kLanes;
}

// The panels of that many gates, each padded to whole vectors.
LOCKSTEP_INLINE i64 gatePanels(i64 gates, i64 units) { return ceilDiv(gates * ceilDiv(units, kLanes), kTileVectors); }

// out (gatePanels, U, kPanel) = the columns of gates [first, first + gates) of u (U, row).
inline void packGateColumns(const float* u, i64 row, i64 units, i64 first, i64 gates, float* out) {
  const i64 vectors = ceilDiv(units, kLanes);
  for (i64 p = 0; p < gatePanels(gates, units); p++)
    for (i64 k = 0; k < units; k++, out += kPanel)
      for (i64 v = 0; v < kTileVectors; v++) {
        const i64 gate = (p * kTileVectors + v) / vectors, unit = (p * kTileVectors + v) % vectors * kLanes;
        const float* from = u + k * row + (first + gate) * units + unit;
        store(out + v * kLanes, gate < gates ? loadLanes(from, smaller(kLanes, units - unit)) : zero());
      }
}

// out (panels, terms, kPanel) = columns [first, first + terms) of u (U, row), transposed: for products with gradients.
inline void packTransposedGates(const float* u, i64 row, i64 units, i64 first, i64 terms, float* out) {
  for (i64 p = 0; p < panelCount(units); p++)
    packTransposedPanel(u + first, row, terms, Panel(p, units), out + p * terms * kPanel);
}

// Whether a row's step is skipped; the mask, which may be null, is that of the row.
LOCKSTEP_INLINE bool isSkipped(const float* mask, i64 step) { return mask != nullptr && mask[step] == 0.0f; }

// The mask of a row, or null where there is none.
LOCKSTEP_INLINE const float* maskOf(const Context& context, i64 mask, i64 row, i64 steps) {
  return mask < 0 ? nullptr : context.arena + mask + row * steps;
}

// Asks for `count` floats.
LOCKSTEP_INLINE void prefetchFloats(const float* p, i64 count) {
  for (i64 at = 0; at < count; at += kLanes) prefetch(p + at);
}

// to = from, `count` elements; to = 0.
LOCKSTEP_INLINE void copyFloats(float* to, const float* from, i64 count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}
LOCKSTEP_INLINE void clearFloats(float* to, i64 count) {
  std::memset(to, 0, static_cast<std::size_t>(count) * sizeof(float));
}

// states (rows, stateRow) = the initial states of a block of rows, zero where initial is -1.
inline void beginStates(const Context& context, i64 initial, i64 firstRow, i64 rows, i64 units, float* states) {
  clearFloats(states, rows * stateRow(units));
  if (initial >= 0)
    for (i64 i = 0; i < rows; i++)
      copyFloats(states + i * stateRow(units), context.arena + initial + (firstRow + i) * units, units);
}

// Room for the states of a block as far as they are kept.
LOCKSTEP_INLINE i64 keptScratch(i64 keep, i64 units) { return keep < 0 ? 0 : kSequenceRows * stateRow(units); }

// The states of a block of rows as far as they are kept in the product with u: themselves, or keep ∘ states in `room`.
inline const float* keptStates(const Context& context, i64 keep, i64 firstRow, i64 rows, i64 units, const float* states,
                               float* room) {
  if (keep < 0) return states;
  for (i64 i = 0; i < rows; i++)
    forLanes(units, [&](i64 unit, i64 lanes) {
      const V factor = loadLanes(context.arena + keep + (firstRow + i) * units + unit, lanes);
      store(room + i * stateRow(units) + unit, factor * load(states + i * stateRow(units) + unit));
    });
  return room;
}

// dh, in the places of products, becomes that of the states themselves where it was that of keep ∘ states.
inline void keepGradient(const Context& context, i64 keep, i64 firstRow, i64 rows, i64 units, float* dh) {
  if (keep < 0) return;
  for (i64 i = 0; i < rows; i++)
    forLanes(units, [&](i64 unit, i64 lanes) {
      float* at = dh + productPlace(unit / kLanes, i);
      store(at, load(at) * loadLanes(context.arena + keep + (firstRow + i) * units + unit, lanes));
    });
}

// dh0 (U) of a block of rows = the gradient of the state before the first step, unless dh0 is -1.
inline void putStateGradient(const Context& context, i64 dh0, i64 firstRow, i64 rows, i64 units, const float* dh) {
  if (dh0 < 0) return;
  for (i64 i = 0; i < rows; i++)
    forLanes(units, [&](i64 unit, i64 lanes) {
      storeLanes(context.arena + dh0 + (firstRow + i) * units + unit, load(dh + productPlace(unit / kLanes, i)), lanes);
    });
}

// The gradient of the state of a block of rows at the final step: that of the final output, or zero.
LOCKSTEP_INLINE void beginGradient(const Context& context, i64 dLast, i64 firstRow, i64 rows, i64 units, float* dh) {
  for (i64 i = 0; i < rows; i++)
    forLanes(units, [&](i64 unit, i64 lanes) {
      const float* from = context.arena + dLast + (firstRow + i) * units + unit;
      store(dh + productPlace(unit / kLanes, i), dLast < 0 ? zero() : loadLanes(from, lanes));
    });
}

// What is asked of a row's output at a step: dh of later steps, in the places of products, and that of the output itself.
LOCKSTEP_INLINE V outputGradient(const float* dh, const float* dhHere, i64 unit, i64 row, i64 lanes) {
  const V later = load(dh + productPlace(unit / kLanes, row));
  return dhHere == nullptr ? later : later + loadLanes(dhHere + unit, lanes);
}

// dh += carried (rows, carriedRow): what passes a step beside the recurrent matrix.
LOCKSTEP_INLINE void addCarried(const float* carried, i64 carriedRow, i64 rows, i64 units, float* dh) {
  for (i64 i = 0; i < rows; i++)
    for (i64 unit = 0; unit < units; unit += kLanes) {
      float* at = dh + productPlace(unit / kLanes, i);
      store(at, load(at) + load(carried + i * carriedRow + unit));
    }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
