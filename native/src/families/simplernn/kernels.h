// SimpleRNN: the recurrence. The products with the input and the gradients of the weights are dense kernels.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../recurrence.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

inline i64 simpleRnnForwardScratch(const SimpleRnnForward& a, Capacity) {
  const i64 panels = gatePanels(1, a.units);
  return panels * kPanel * (a.units + kSequenceRows) + kSequenceRows * stateRow(a.units) + keptScratch(a.keep, a.units);
}

// z (T, U) → h, previous (T, U) and last (U); u (U, U): h_t = act(z_t + (keep ∘ h_{t−1})·u).
inline void simpleRnnForward(const Context& context, const SimpleRnnForward& a) {
  const Pass& pass = context.pass;
  const i64 units = a.units, sequence = a.steps * units, panels = gatePanels(1, units), row = stateRow(units);
  float *packed = context.scratch, *products = packed + panels * kPanel * units,
        *states = products + panels * kPanel * kSequenceRows, *keptRoom = states + kSequenceRows * row;
  packGateColumns(context.parameters + a.u, units, units, 0, 1, packed);
  const RowBlocks blocks(pass.rows);
  for (i64 b = 0; b < blocks.count; b++) {
    const i64 firstRow = pass.firstRow + blocks.first(b), rows = blocks.first(b + 1) - blocks.first(b);
    beginStates(context, a.h0, firstRow, rows, units, states);
    for (i64 n = 0; n < a.steps; n++) {
      const i64 step = timeStep(n, a.steps, a.reversed), now = firstRow * sequence + step * units;
      const float* kept = keptStates(context, a.keep, firstRow, rows, units, states, keptRoom);
      multiplyState(kept, row, rows, units, packed, panels, products);
      for (i64 i = 0; i < rows; i++) {
        float *state = states + i * row, *h = context.arena + a.h + now + i * sequence;
        copyFloats(context.arena + a.previous + now + i * sequence, state, units);
        if (!isSkipped(maskOf(context, a.mask, firstRow + i, a.steps), step)) {
          const float* z = context.arena + a.z + now + i * sequence;
          withActivation(a.activation, [&](auto activation) {
            forLanes(units, [&](i64 unit, i64 lanes) {
              const V sum = loadLanes(z + unit, lanes) + load(products + productPlace(unit / kLanes, i));
              store(state + unit, activation.value(sum));
            });
          });
        }
        copyFloats(h, state, units);
        if (n + 1 == a.steps) copyFloats(context.arena + a.last + (firstRow + i) * units, state, units);
      }
    }
  }
}

inline i64 simpleRnnBackwardScratch(const SimpleRnnBackward& a, Capacity) {
  const i64 panels = panelCount(a.units);
  return panels * kPanel * (a.units + kSequenceRows) + 2 * kSequenceRows * stateRow(a.units);
}

// dz (T, U) and dh0 (U) from h, dh (T, U) and dLast (U), back through time. What a skipped step is asked for is carried on.
inline void simpleRnnBackward(const Context& context, const SimpleRnnBackward& a) {
  const Pass& pass = context.pass;
  const i64 units = a.units, sequence = a.steps * units, panels = panelCount(units), row = stateRow(units);
  float *packed = context.scratch, *dh = packed + panels * kPanel * units, *dzStates = dh + panels * kPanel * kSequenceRows,
        *carried = dzStates + kSequenceRows * row;
  packTransposedGates(context.parameters + a.u, units, units, 0, units, packed);
  const RowBlocks blocks(pass.rows);
  for (i64 b = 0; b < blocks.count; b++) {
    const i64 firstRow = pass.firstRow + blocks.first(b), rows = blocks.first(b + 1) - blocks.first(b);
    beginGradient(context, a.dLast, firstRow, rows, units, dh);
    for (i64 n = a.steps - 1; n >= 0; n--) {
      const i64 step = timeStep(n, a.steps, a.reversed), now = firstRow * sequence + step * units;
      clearFloats(carried, rows * row);
      for (i64 i = 0; i < rows; i++) {
        const i64 place = now + i * sequence;
        const float *h = context.arena + a.h + place, *dhHere = a.dh < 0 ? nullptr : context.arena + a.dh + place;
        float* dzState = dzStates + i * row;
        const bool skipped = isSkipped(maskOf(context, a.mask, firstRow + i, a.steps), step);
        withActivation(a.activation, [&](auto activation) {
          forLanes(units, [&](i64 unit, i64 lanes) {
            const V asked = outputGradient(dh, dhHere, unit, i, lanes);
            store(dzState + unit, skipped ? zero() : activation.slope(asked, loadLanes(h + unit, lanes)));
            if (skipped) store(carried + i * row + unit, asked);
          });
        });
        copyFloats(context.arena + a.dz + place, dzState, units);
      }
      if (n == 0 && a.dh0 < 0) break;
      multiplyState(dzStates, row, rows, units, packed, panels, dh);
      keepGradient(context, a.keep, firstRow, rows, units, dh);
      addCarried(carried, row, rows, units, dh);
    }
    putStateGradient(context, a.dh0, firstRow, rows, units, dh);
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
