// GRU: the recurrence, with the reset gate before the candidate's product or after it. The products with the input and
// the gradients of the weights are dense kernels. Gates stand in the order z, r, candidate.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../recurrence.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Gates that are multiplied by the state itself: all three, or those before the reset.
LOCKSTEP_INLINE i64 stateGates(i64 resetAfter) { return resetAfter ? 3 : 2; }

inline i64 gruForwardScratch(const GruForward& a, Capacity) {
  const i64 panels = gatePanels(3, a.units) + gatePanels(1, a.units);
  return panels * kPanel * (a.units + kSequenceRows) + 2 * kSequenceRows * stateRow(a.units) + keptScratch(a.keep, a.units);
}

// One row at one time step: its places in the arena, its number in the block, and its state with what is kept of it.
struct GruForwardRow {
  i64 number;
  float *z, *h, *inner, *state, *resetState;
  const float* kept;
};

// A gate's product with the state, its bias added.
LOCKSTEP_INLINE V gruProduct(const GruForward& a, const float* products, const float* bias, i64 gate, i64 unit, i64 row,
                             i64 lanes) {
  const V product = load(products + productPlace(gate * ceilDiv(a.units, kLanes) + unit / kLanes, row));
  return bias == nullptr ? product : product + loadLanes(bias + gate * a.units + unit, lanes);
}

// z and r from the products; without resetAfter also r ∘ keep ∘ h_{t−1}, which the candidate's product takes.
LOCKSTEP_INLINE void gruGates(const GruForward& a, const float* bias, const float* products, const GruForwardRow& r) {
  withActivation(a.recurrentActivation, [&](auto activation) {
    for (i64 gate = 0; gate < 2; gate++)
      forLanes(a.units, [&](i64 unit, i64 lanes) {
        float* z = r.z + gate * a.units + unit;
        const V sum = loadLanes(z, lanes) + gruProduct(a, products, bias, gate, unit, r.number, lanes);
        storeLanes(z, activation.value(sum), lanes);
      });
  });
  if (a.resetAfter) return;
  forLanes(a.units, [&](i64 unit, i64 lanes) {
    const V reset = loadLanes(r.z + a.units + unit, lanes) * load(r.kept + unit);
    store(r.resetState + unit, reset);
    storeLanes(r.inner + unit, reset, lanes);
  });
}

// The candidate and the new state: h_t = z ∘ h_{t−1} + (1 − z) ∘ candidate.
LOCKSTEP_INLINE void gruState(const GruForward& a, const float* bias, const float* products, const float* candidates,
                              const GruForwardRow& r) {
  withActivation(a.activation, [&](auto activation) {
    forLanes(a.units, [&](i64 unit, i64 lanes) {
      float* place = r.z + 2 * a.units + unit;
      V sum = loadLanes(place, lanes);
      if (a.resetAfter) {
        const V inner = gruProduct(a, products, bias, 2, unit, r.number, lanes);
        storeLanes(r.inner + unit, inner, lanes);
        sum = fma(loadLanes(r.z + a.units + unit, lanes), inner, sum);
      } else {
        sum = sum + load(candidates + productPlace(unit / kLanes, r.number));
      }
      const V candidate = activation.value(sum), z = loadLanes(r.z + unit, lanes);
      storeLanes(place, candidate, lanes);
      store(r.state + unit, fma(z, load(r.state + unit), (broadcast(1.0f) - z) * candidate));
    });
  });
}

// z (T, 3U) → gates (T, 3U); h, previous, inner (T, U); last (U); u (U, 3U), b (3U).
inline void gruForward(const Context& context, const GruForward& a) {
  const Pass& pass = context.pass;
  const i64 units = a.units, sequence = a.steps * units, row = stateRow(units);
  const i64 panels = gatePanels(stateGates(a.resetAfter), units), candidatePanels = gatePanels(1, units);
  const float *u = context.parameters + a.u, *bias = a.b < 0 ? nullptr : context.parameters + a.b;
  float *packed = context.scratch, *packedCandidate = packed + panels * kPanel * units,
        *products = packedCandidate + candidatePanels * kPanel * units,
        *candidates = products + panels * kPanel * kSequenceRows,
        *states = candidates + candidatePanels * kPanel * kSequenceRows, *resetStates = states + kSequenceRows * row,
        *keptRoom = resetStates + kSequenceRows * row;
  packGateColumns(u, 3 * units, units, 0, stateGates(a.resetAfter), packed);
  if (!a.resetAfter) packGateColumns(u, 3 * units, units, 2, 1, packedCandidate);
  const RowBlocks blocks(pass.rows);
  for (i64 b = 0; b < blocks.count; b++) {
    const i64 firstRow = pass.firstRow + blocks.first(b), rows = blocks.first(b + 1) - blocks.first(b);
    clearFloats(resetStates, kSequenceRows * row);
    beginStates(context, a.h0, firstRow, rows, units, states);
    for (i64 n = 0; n < a.steps; n++) {
      const i64 step = timeStep(n, a.steps, a.reversed), now = firstRow * sequence + step * units;
      const float* kept = keptStates(context, a.keep, firstRow, rows, units, states, keptRoom);
      const auto rowAt = [&](i64 i) {
        const i64 place = now + i * sequence;
        return GruForwardRow{i,
                             context.arena + a.z + 3 * place,
                             context.arena + a.h + place,
                             context.arena + a.inner + place,
                             states + i * row,
                             resetStates + i * row,
                             kept + i * row};
      };
      const auto skipped = [&](i64 i) { return isSkipped(maskOf(context, a.mask, firstRow + i, a.steps), step); };
      multiplyState(kept, row, rows, units, packed, panels, products);
      for (i64 i = 0; i < rows; i++) {
        copyFloats(context.arena + a.previous + now + i * sequence, states + i * row, units);
        if (!skipped(i)) gruGates(a, bias, products, rowAt(i));
      }
      if (!a.resetAfter) multiplyState(resetStates, row, rows, units, packedCandidate, candidatePanels, candidates);
      for (i64 i = 0; i < rows; i++) {
        const GruForwardRow r = rowAt(i);
        // A skipped step takes no part in the weight gradients, which `inner` enters.
        if (skipped(i))
          clearFloats(r.inner, units);
        else
          gruState(a, bias, products, candidates, r);
        copyFloats(r.h, r.state, units);
        if (n + 1 == a.steps) copyFloats(context.arena + a.last + (firstRow + i) * units, r.state, units);
      }
    }
  }
}

inline i64 gruBackwardScratch(const GruBackward& a, Capacity) {
  const i64 panels = panelCount(a.units);
  return panels * kPanel * (4 * a.units + 2 * kSequenceRows) +
         kSequenceRows * (stateRow(3 * a.units) + stateRow(a.units));
}

// One row at one time step: its number in the block, its places in the arena, and its state. dhHere and dInner may be
// null, as may keep; dzState (3U) holds the gradients of the recurrent products, carried (U) what passes beside them.
struct GruBackwardRow {
  i64 number;
  const float *gates, *previous, *inner, *dhHere, *keep;
  float *dz, *dInner, *dzState, *carried;
};

// A skipped step has no gradient of its own and passes on what it is asked for.
LOCKSTEP_INLINE void gruSkip(const GruBackward& a, const float* dh, const GruBackwardRow& r) {
  clearFloats(r.dz, 3 * a.units);
  if (r.dInner) clearFloats(r.dInner, 3 * a.units);
  clearFloats(r.dzState, 3 * a.units);
  forLanes(a.units, [&](i64 unit, i64 lanes) {
    store(r.carried + unit, outputGradient(dh, r.dhHere, unit, r.number, lanes));
  });
}

// The candidate's gradient to dzState, what is asked of the output to carried. Gates may stand where dz will, so that
// nothing goes to the arena before all has been read.
LOCKSTEP_INLINE void gruCandidateGradient(const GruBackward& a, const float* dh, const GruBackwardRow& r) {
  withActivation(a.activation, [&](auto activation) {
    forLanes(a.units, [&](i64 unit, i64 lanes) {
      const V asked = outputGradient(dh, r.dhHere, unit, r.number, lanes);
      const V z = loadLanes(r.gates + unit, lanes), candidate = loadLanes(r.gates + 2 * a.units + unit, lanes);
      store(r.carried + unit, asked);
      storeLanes(r.dzState + 2 * a.units + unit, activation.slope(asked * (broadcast(1.0f) - z), candidate), lanes);
    });
  });
}

// The gradients of z and the candidate, and with resetAfter those of r and of the recurrent products.
LOCKSTEP_INLINE void gruGateGradients(const GruBackward& a, const GruBackwardRow& r) {
  withActivation(a.recurrentActivation, [&](auto activation) {
    forLanes(a.units, [&](i64 unit, i64 lanes) {
      const V asked = load(r.carried + unit), ofCandidate = loadLanes(r.dzState + 2 * a.units + unit, lanes);
      const V z = loadLanes(r.gates + unit, lanes), candidate = loadLanes(r.gates + 2 * a.units + unit, lanes);
      const V reset = loadLanes(r.gates + a.units + unit, lanes);
      const V ofZ = activation.slope(asked * (loadLanes(r.previous + unit, lanes) - candidate), z);
      store(r.carried + unit, asked * z);
      storeLanes(r.dz + unit, ofZ, lanes);
      storeLanes(r.dz + 2 * a.units + unit, ofCandidate, lanes);
      storeLanes(r.dzState + unit, ofZ, lanes);
      if (!a.resetAfter) return;
      const V ofReset = activation.slope(ofCandidate * loadLanes(r.inner + unit, lanes), reset);
      storeLanes(r.dz + a.units + unit, ofReset, lanes);
      storeLanes(r.dzState + a.units + unit, ofReset, lanes);
      storeLanes(r.dzState + 2 * a.units + unit, ofCandidate * reset, lanes);
    });
  });
  if (a.resetAfter) copyFloats(r.dInner, r.dzState, 3 * a.units);
}

// r's gradient without resetAfter, from that of r ∘ keep ∘ h_{t−1}, and what the state is asked for through it.
LOCKSTEP_INLINE void gruResetGradient(const GruBackward& a, const float* ofInner, const GruBackwardRow& r) {
  withActivation(a.recurrentActivation, [&](auto activation) {
    forLanes(a.units, [&](i64 unit, i64 lanes) {
      V asked = load(ofInner + productPlace(unit / kLanes, r.number));
      if (r.keep) asked = asked * loadLanes(r.keep + unit, lanes);
      const V reset = loadLanes(r.gates + a.units + unit, lanes);
      const V ofReset = activation.slope(asked * loadLanes(r.previous + unit, lanes), reset);
      store(r.carried + unit, fma(asked, reset, load(r.carried + unit)));
      storeLanes(r.dz + a.units + unit, ofReset, lanes);
      storeLanes(r.dzState + a.units + unit, ofReset, lanes);
    });
  });
}

// gates, dz, dInner (T, 3U); previous, inner, dh (T, U); dLast (U); u (U, 3U), back through time.
inline void gruBackward(const Context& context, const GruBackward& a) {
  const Pass& pass = context.pass;
  const i64 units = a.units, sequence = a.steps * units, panels = panelCount(units);
  const i64 terms = stateGates(a.resetAfter) * units, dzRow = stateRow(3 * units), row = stateRow(units);
  const float* u = context.parameters + a.u;
  float *packed = context.scratch, *packedCandidate = packed + panels * kPanel * terms,
        *dh = packedCandidate + panels * kPanel * units, *ofInner = dh + panels * kPanel * kSequenceRows,
        *dzStates = ofInner + panels * kPanel * kSequenceRows, *carried = dzStates + kSequenceRows * dzRow;
  packTransposedGates(u, 3 * units, units, 0, terms, packed);
  if (!a.resetAfter) packTransposedGates(u, 3 * units, units, 2 * units, units, packedCandidate);
  const RowBlocks blocks(pass.rows);
  for (i64 b = 0; b < blocks.count; b++) {
    const i64 firstRow = pass.firstRow + blocks.first(b), rows = blocks.first(b + 1) - blocks.first(b);
    beginGradient(context, a.dLast, firstRow, rows, units, dh);
    for (i64 n = a.steps - 1; n >= 0; n--) {
      const i64 step = timeStep(n, a.steps, a.reversed), now = firstRow * sequence + step * units;
      const auto rowAt = [&](i64 i) {
        const i64 place = now + i * sequence;
        return GruBackwardRow{i,
                              context.arena + a.gates + 3 * place,
                              context.arena + a.previous + place,
                              context.arena + a.inner + place,
                              a.dh < 0 ? nullptr : context.arena + a.dh + place,
                              a.keep < 0 ? nullptr : context.arena + a.keep + (firstRow + i) * units,
                              context.arena + a.dz + 3 * place,
                              a.dInner < 0 ? nullptr : context.arena + a.dInner + 3 * place,
                              dzStates + i * dzRow,
                              carried + i * row};
      };
      const auto skipped = [&](i64 i) { return isSkipped(maskOf(context, a.mask, firstRow + i, a.steps), step); };
      for (i64 i = 0; i < rows; i++) {
        const GruBackwardRow r = rowAt(i);
        if (skipped(i)) {
          gruSkip(a, dh, r);
          continue;
        }
        gruCandidateGradient(a, dh, r);
        gruGateGradients(a, r);
      }
      if (!a.resetAfter) {
        multiplyState(dzStates + 2 * units, dzRow, rows, units, packedCandidate, panels, ofInner);
        for (i64 i = 0; i < rows; i++)
          if (!skipped(i)) gruResetGradient(a, ofInner, rowAt(i));
      }
      if (n == 0 && a.dh0 < 0) break;
      multiplyState(dzStates, dzRow, rows, terms, packed, panels, dh);
      keepGradient(context, a.keep, firstRow, rows, units, dh);
      addCarried(carried, row, rows, units, dh);
    }
    putStateGradient(context, a.dh0, firstRow, rows, units, dh);
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
