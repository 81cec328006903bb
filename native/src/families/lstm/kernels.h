// LSTM: the recurrence. The products with the input and the gradients of the weights are dense kernels; here is what
// must walk through time. Gates stand in the order i, f, g, o.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../recurrence.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

constexpr i64 kGates = 4;

// The panels that hold the four gates of 16 units.
constexpr i64 kGatePanels = kGates / kTileVectors;

// out (groups of 16 units, kGatePanels, U, kPanel) = u (U, 4U), the four gates of the same units side by side.
inline void packGates(const float* u, i64 units, float* out) {
  for (i64 unit = 0; unit < units; unit += kLanes) {
    const i64 lanes = smaller(kLanes, units - unit);
    for (i64 gate = 0; gate < kGates; gate += kTileVectors)
      for (i64 k = 0; k < units; k++, out += kPanel)
        for (i64 v = 0; v < kTileVectors; v++)
          store(out + v * kLanes, loadLanes(u + (k * kGates + gate + v) * units + unit, lanes));
  }
}

inline i64 lstmForwardScratch(const LstmForward& a, Capacity) {
  const i64 gateFloats = kGates * roundUp(a.units, kLanes);
  return gateFloats * a.units + 2 * kSequenceRows * stateRow(a.units) + kSequenceRows * gateFloats +
         keptScratch(a.keep, a.units);
}

// One row at one time step; cBefore and products are null where there is no state before, previousNext and last where
// they are not wanted.
struct LstmForwardStep {
  float *z, *h, *c;
  const float *cBefore, *products;
  float *previousNext, *last;
  const float* hNow;
  float* hNext;
  bool isSkipped;
};

// Gates [from, to): z + products → gates. Products are those of the row's first 16 units; a row is walked from end to
// end, as rows lie so far apart that they would push each other out of the cache.
LOCKSTEP_INLINE void lstmGates(const LstmForward& a, const LstmForwardStep& s, i64 activationNumber, i64 from, i64 to) {
  constexpr i64 group = kGatePanels * kSequenceRows * kPanel;
  withActivation(activationNumber, [&](auto activation) {
    for (i64 gate = from; gate < to; gate++)
      forLanes(a.units, [&](i64 unit, i64 lanes) {
        float* z = s.z + gate * a.units + unit;
        V sum = loadLanes(z, lanes);
        if (s.products) sum = sum + load(s.products + unit / kLanes * group + productPlace(gate, 0));
        storeLanes(z, activation.value(sum), lanes);
      });
  });
}

template <bool IsMasked>
LOCKSTEP_INLINE void lstmForwardRow(const LstmForward& a, const LstmForwardStep& s) {
  lstmGates(a, s, a.recurrentActivation, 0, 2);
  lstmGates(a, s, a.activation, 2, 3);
  lstmGates(a, s, a.recurrentActivation, 3, 4);
  withActivation(a.activation, [&](auto activation) {
    forLanes(a.units, [&](i64 unit, i64 lanes) {
      const auto gate = [&](i64 number) { return loadLanes(s.z + number * a.units + unit, lanes); };
      const V before = s.cBefore ? loadLanes(s.cBefore + unit, lanes) : zero();
      V c = fma(gate(1), before, gate(0) * gate(2));
      V h = gate(3) * activation.value(c);
      if (IsMasked && s.isSkipped) {
        c = before;
        h = load(s.hNow + unit);
      }
      storeLanes(s.c + unit, c, lanes);
      storeLanes(s.h + unit, h, lanes);
      store(s.hNext + unit, h);
      if (s.previousNext) storeLanes(s.previousNext + unit, h, lanes);
      if (s.last) storeLanes(s.last + unit, h, lanes);
    });
  });
}

template <bool IsMasked>
inline void lstmForwardRows(const Context& context, const LstmForward& a) {
  const Pass& pass = context.pass;
  const i64 units = a.units, sequence = a.steps * units, groups = ceilDiv(units, kLanes);
  float* packed = context.scratch;
  float* states = packed + groups * kLanes * kGates * units;
  float* products = states + 2 * kSequenceRows * stateRow(units);
  float* keptRoom = products + kSequenceRows * groups * kLanes * kGates;
  packGates(context.parameters + a.u, units, packed);
  const RowBlocks blocks(pass.rows);
  for (i64 b = 0; b < blocks.count; b++) {
    const i64 firstRow = pass.firstRow + blocks.first(b), rows = blocks.first(b + 1) - blocks.first(b);
    const auto at = [&](i64 buffer, i64 row, i64 n) {
      return context.arena + buffer + row * sequence + timeStep(n, a.steps, a.reversed) * units;
    };
    beginStates(context, a.h0, firstRow, rows, units, states);
    for (i64 i = 0; i < rows; i++) copyFloats(at(a.previous, firstRow + i, 0), states + i * stateRow(units), units);
    for (i64 n = 0; n < a.steps; n++) {
      float* h = states + n % 2 * kSequenceRows * stateRow(units);
      float* hNext = states + (n + 1) % 2 * kSequenceRows * stateRow(units);
      const bool isLast = n + 1 == a.steps, isFromZero = n == 0 && a.h0 < 0;
      if (!isFromZero)
        multiplyState(keptStates(context, a.keep, firstRow, rows, units, h, keptRoom), stateRow(units), rows, units,
                      packed, groups * kGatePanels, products);
      for (i64 i = 0; i < rows; i++) {
        const i64 row = firstRow + i, now = timeStep(n, a.steps, a.reversed);
        const float* cFirst = a.c0 < 0 ? nullptr : context.arena + a.c0 + row * units;
        lstmForwardRow<IsMasked>(a, {context.arena + a.z + kGates * (row * sequence + now * units), at(a.h, row, n),
                                     at(a.c, row, n), n == 0 ? cFirst : at(a.c, row, n - 1),
                                     isFromZero ? nullptr : products + i * kPanel,
                                     isLast ? nullptr : at(a.previous, row, n + 1),
                                     isLast ? context.arena + a.last + row * units : nullptr, h + i * stateRow(units),
                                     hNext + i * stateRow(units),
                                     IsMasked && isSkipped(maskOf(context, a.mask, row, a.steps), now)});
      }
    }
  }
}

// z (T, 4U) → gates (T, 4U); h, c, previous (T, U); last (U); u (U, 4U). h_t = o ∘ act(c_t), c_t = f ∘ c_{t−1} + i ∘ g.
inline void lstmForward(const Context& context, const LstmForward& a) {
  if (context.pass.rows == 0) return;
  // A mask that is not there must not slow the loops down.
  if (a.mask < 0)
    lstmForwardRows<false>(context, a);
  else
    lstmForwardRows<true>(context, a);
}

inline i64 lstmBackwardScratch(const LstmBackward& a, Capacity) {
  const i64 panels = panelCount(a.units);
  return panels * kPanel * kGates * a.units + kSequenceRows * (panels * kPanel + stateRow(kGates * a.units)) +
         kSequenceRows * roundUp(a.units, kLanes) + 2 * roundUp(a.units, kLanes) +
         (a.mask < 0 ? 0 : kSequenceRows * roundUp(a.units, kLanes));
}

// The state that goes back through time for a block of rows, and memory for one row.
struct LstmGradientState {
  float *dh, *dc, *dz, *ofCell, *ofOutput;
  // What skipped steps pass on; there only with a mask.
  float* carried;
};

// A skipped step has no gradient of its own: what later steps ask for waits in `carried` (U).
LOCKSTEP_INLINE void lstmSkipRow(const LstmBackward& a, const float* dhHere, i64 row, float* dz, float* dzState,
                                 const float* dh, float* carried) {
  clearFloats(dz, kGates * a.units);
  clearFloats(dzState, kGates * a.units);
  forLanes(a.units, [&](i64 unit, i64 lanes) { store(carried + unit, outputGradient(dh, dhHere, unit, row, lanes)); });
}

// One row at one time step, dh and dc those that later steps ask for; cBefore and dhHere may be null. Leaves dz in the
// arena and in the state, dc for the step before.
LOCKSTEP_INLINE void lstmBackwardRow(const LstmBackward& a, const float* gates, const float* c, const float* cBefore,
                                     const float* dhHere, float* dz, float* dzState, const float* dhState, float* dc,
                                     const LstmGradientState& state) {
  const i64 units = a.units;
  const auto put = [&](i64 gate, i64 unit, V value, i64 lanes) {
    storeLanes(dz + gate * units + unit, value, lanes);
    storeLanes(dzState + gate * units + unit, value, lanes);
  };
  const auto gate = [&](i64 number, i64 unit, i64 lanes) { return loadLanes(gates + number * units + unit, lanes); };
  // dz may be the gates: the candidate's is written after all have been read, by the second pass.
  withActivation(a.activation, [&](auto activation) {
    forLanes(units, [&](i64 unit, i64 lanes) {
      V dh = load(dhState + unit / kPanel * kSequenceRows * kPanel + unit % kPanel);
      if (dhHere) dh = dh + loadLanes(dhHere + unit, lanes);
      const V y = activation.value(loadLanes(c + unit, lanes));
      const V ofCell = load(dc + unit) + activation.slope(dh * gate(3, unit, lanes), y);
      const V candidate = gate(2, unit, lanes), in = gate(0, unit, lanes);
      store(state.ofCell + unit, ofCell);
      store(state.ofOutput + unit, dh * y);
      storeLanes(dzState + 2 * units + unit, activation.slope(ofCell * in, candidate), lanes);
    });
  });
  withActivation(a.recurrentActivation, [&](auto activation) {
    forLanes(units, [&](i64 unit, i64 lanes) {
      const V in = gate(0, unit, lanes), forget = gate(1, unit, lanes), out = gate(3, unit, lanes);
      const V candidate = gate(2, unit, lanes), ofCell = load(state.ofCell + unit);
      const V before = cBefore ? loadLanes(cBefore + unit, lanes) : zero();
      put(0, unit, activation.slope(ofCell * candidate, in), lanes);
      put(1, unit, activation.slope(ofCell * before, forget), lanes);
      storeLanes(dz + 2 * units + unit, loadLanes(dzState + 2 * units + unit, lanes), lanes);
      put(3, unit, activation.slope(load(state.ofOutput + unit), out), lanes);
      store(dc + unit, ofCell * forget);
    });
  });
}

template <bool IsMasked>
inline void lstmBackwardRows(const Context& context, const LstmBackward& a) {
  const Pass& pass = context.pass;
  const i64 units = a.units, sequence = a.steps * units, panels = panelCount(units);
  const i64 dzRow = stateRow(kGates * units), dcRow = roundUp(units, kLanes);
  float* packed = context.scratch;
  LstmGradientState state;
  state.dh = packed + panels * kPanel * kGates * units;
  state.dz = state.dh + kSequenceRows * panels * kPanel;
  state.dc = state.dz + kSequenceRows * dzRow;
  state.ofCell = state.dc + kSequenceRows * dcRow;
  state.ofOutput = state.ofCell + dcRow;
  state.carried = state.ofOutput + dcRow;
  for (i64 p = 0; p < panels; p++)
    packTransposedPanel(context.parameters + a.u, kGates * units, kGates * units, Panel(p, units),
                        packed + p * kGates * units * kPanel);
  const RowBlocks blocks(pass.rows);
  for (i64 b = 0; b < blocks.count; b++) {
    const i64 firstRow = pass.firstRow + blocks.first(b), rows = blocks.first(b + 1) - blocks.first(b);
    beginGradient(context, a.dLast, firstRow, rows, units, state.dh);
    clearFloats(state.dc, rows * dcRow);
    if (a.dcLast >= 0)
      for (i64 i = 0; i < rows; i++)
        copyFloats(state.dc + i * dcRow, context.arena + a.dcLast + (firstRow + i) * units, units);
    for (i64 n = a.steps - 1; n >= 0; n--) {
      const i64 now = firstRow * sequence + timeStep(n, a.steps, a.reversed) * units;
      const i64 before = firstRow * sequence + timeStep(n - 1, a.steps, a.reversed) * units;
      for (i64 i = 0; i < rows; i++) {
        const i64 row = i * sequence;
        const float* dhHere = a.dh < 0 ? nullptr : context.arena + a.dh + now + row;
        float* dz = context.arena + a.dz + kGates * (now + row);
        // The next row lies far from this one, where no processor would look.
        if (i + 1 < rows) {
          prefetchFloats(context.arena + a.gates + kGates * (now + row + sequence), kGates * units);
          prefetchFloats(context.arena + a.dz + kGates * (now + row + sequence), kGates * units);
          prefetchFloats(context.arena + a.c + (n == 0 ? now : before) + row + sequence, units);
        }
        if (IsMasked) {
          if (isSkipped(maskOf(context, a.mask, firstRow + i, a.steps), timeStep(n, a.steps, a.reversed))) {
            lstmSkipRow(a, dhHere, i, dz, state.dz + i * dzRow, state.dh, state.carried + i * dcRow);
            continue;
          }
          clearFloats(state.carried + i * dcRow, dcRow);
        }
        lstmBackwardRow(a, context.arena + a.gates + kGates * (now + row), context.arena + a.c + now + row,
                        n > 0       ? context.arena + a.c + before + row
                        : a.c0 >= 0 ? context.arena + a.c0 + (firstRow + i) * units
                                    : nullptr,
                        dhHere, dz, state.dz + i * dzRow, state.dh + i * kPanel, state.dc + i * dcRow, state);
      }
      if (n == 0 && a.dh0 < 0) break;
      multiplyState(state.dz, dzRow, rows, kGates * units, packed, panels, state.dh);
      keepGradient(context, a.keep, firstRow, rows, units, state.dh);
      if (IsMasked) addCarried(state.carried, dcRow, rows, units, state.dh);
    }
    putStateGradient(context, a.dh0, firstRow, rows, units, state.dh);
    if (a.dc0 >= 0)
      for (i64 i = 0; i < rows; i++)
        copyFloats(context.arena + a.dc0 + (firstRow + i) * units, state.dc + i * dcRow, units);
  }
}

// gates, dz (T, 4U); c, dh (T, U); dLast, dcLast, dh0, dc0 (U); u (U, 4U): dz_t from dh_t + dz_{t+1}·uᵀ, back through time.
inline void lstmBackward(const Context& context, const LstmBackward& a) {
  if (context.pass.rows == 0) return;
  if (a.mask < 0)
    lstmBackwardRows<false>(context, a);
  else
    lstmBackwardRows<true>(context, a);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
