// Dense layers: y = activation(x·w + b), and the gradients of x, w and b.
#pragma once

#include "arguments.h"
#include "weightGradient.h"
#include "../activation/kernels.h"
#include "../../fold.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Floats of a page: rows of a matrix at least so long have one line of a panel in each page.
constexpr i64 kFarRow = 1024;

// Rows that are multiplied by one panel after another before the next rows: their part of x stays cached.
LOCKSTEP_INLINE i64 rowBlock(i64 rows, i64 k) {
  return smaller(rows, smaller(512, larger(4 * kTileRows, kCachedFloats / k)));
}

// Stores a finished tile as y = activation(tile + bias); columns of the panel, rows of y `row` apart.
template <class Activation>
LOCKSTEP_INLINE void storeActivated(Activation activation, const float* tile, i64 count, const Panel& panel,
                                    const float* bias, float* y, i64 row) {
  for (i64 v = 0; v < panel.vectors; v++) {
    const i64 at = v * kLanes, lanes = panel.columns - at;
    const V b = bias ? loadLanes(bias + panel.first + at, lanes) : zero();
    for (i64 i = 0; i < count; i++)
      storeLanes(y + i * row + panel.first + at, activation.value(load(tile + i * kPanel + at) + b), lanes);
  }
}

// y = activation(A · panel + bias): tiles of whole panels go straight from registers to y where the activation is no
// more than a lower bound. Right and rows as in multiplyBlocks; rows of y are `row` apart.
template <Layout L, class Right>
LOCKSTEP_INLINE void forwardPanel(const float* a, i64 step, i64 rows, i64 k, Right right, i64 bStep, const Panel& panel,
                                  float* partial, i64 activationNumber, const float* bias, float* y, i64 row) {
  alignas(64) static const float zeros[kPanel] = {};
  if (panel.whole() && (activationNumber == Linear::id || activationNumber == Relu::id))
    return multiplyPanelInto<L>(a, step, rows, k, right, bStep, partial, bias ? bias + panel.first : zeros,
                                activationNumber == Relu::id ? 0.0f : -__builtin_inff(), y + panel.first, row);
  multiplyPanel<L>(a, step, rows, k, right, bStep, panel.vectors, partial,
                   [&](const float* tile, i64 firstRow, i64 tileRows) {
                     withActivation(activationNumber, [&](auto activation) {
                       storeActivated(activation, tile, tileRows, panel, bias, y + firstRow * row, row);
                     });
                   });
}

inline i64 denseForwardScratch(const DenseForward& a, Capacity capacity) {
  return kBlock * kPanel + partialFloats(rowBlock(capacity.rows * a.inner, a.inputs));
}

// x (M, inputs), w (inputs, units), b (units), y (M, units); M = rows · inner.
inline void denseForward(const Context& context, const DenseForward& a) {
  const i64 rows = context.pass.rows * a.inner, first = context.pass.firstRow * a.inner;
  const float *w = context.parameters + a.w, *bias = a.b < 0 ? nullptr : context.parameters + a.b;
  float *packed = context.scratch, *partial = packed + kBlock * kPanel;
  const i64 block = rowBlock(rows, a.inputs);
  for (i64 from = 0; from < rows; from += block) {
    const i64 count = smaller(block, rows - from);
    const float* x = context.arena + a.x + (first + from) * a.inputs;
    float* y = context.arena + a.y + (first + from) * a.units;
    for (i64 number = 0; number < panelCount(a.units); number++) {
      const Panel panel(number, a.units);
      // Few rows do not repay packing: the microkernel reads w where it stands, unless rows of w are so far apart that
      // those of a block share a few sets of the caches.
      const bool inPlace = panel.whole() && count <= 2 * kTileRows && a.units < kFarRow;
      const auto right = [&](i64 term, i64 terms) -> const float* {
        if (inPlace) return w + term * a.units + panel.first;
        packPanel(w + term * a.units, a.units, terms, panel, packed);
        return packed;
      };
      forwardPanel<Layout::alongK>(x, a.inputs, count, a.inputs, right, inPlace ? a.units : kPanel, panel, partial,
                                   a.activation, bias, y, a.units);
    }
  }
}

inline i64 denseInputGradientScratch(const DenseInputGradient& a, Capacity capacity) {
  return kBlock * kPanel + partialFloats(rowBlock(capacity.rows * a.inner, a.units));
}

// dy (M, units), w (inputs, units), x and dx (M, inputs): dx = (dy · wᵀ) ∘ activation′(x).
inline void denseInputGradient(const Context& context, const DenseInputGradient& a) {
  const i64 rows = context.pass.rows * a.inner, first = context.pass.firstRow * a.inner;
  const float* w = context.parameters + a.w;
  float *packed = context.scratch, *partial = packed + kBlock * kPanel;
  const i64 block = rowBlock(rows, a.units);
  for (i64 from = 0; from < rows; from += block) {
    const i64 count = smaller(block, rows - from);
    const float* dy = context.arena + a.dy + (first + from) * a.units;
    const float* x = context.arena + a.x + (first + from) * a.inputs;
    float* dx = context.arena + a.dx + (first + from) * a.inputs;
    for (i64 number = 0; number < panelCount(a.inputs); number++) {
      const Panel panel(number, a.inputs);
      const auto right = [&](i64 term, i64 terms) -> const float* {
        packTransposedPanel(w + term, a.units, terms, panel, packed);
        return packed;
      };
      multiplyPanel<Layout::alongK>(
          dy, a.units, count, a.units, right, kPanel, panel.vectors, partial,
          [&](const float* tile, i64 row, i64 tileRows) {
            withActivation(a.activation, [&](auto activation) {
              for (i64 i = 0; i < tileRows; i++)
                forLanes(panel.columns, [&](i64 at, i64 lanes) {
                  const i64 place = (row + i) * a.inputs + panel.first + at;
                  const V y = decltype(activation)::id == Linear::id ? zero() : loadLanes(x + place, lanes);
                  storeLanes(dx + place, activation.slope(load(tile + i * kPanel + at), y), lanes);
                });
            });
          });
    }
  }
}

LOCKSTEP_INLINE GradientColumns columnsOf(const DenseWeightGradient& a) {
  return {a.w, a.b, a.inner, a.inputs, a.units, a.units};
}
LOCKSTEP_INLINE GradientColumns columnsOf(const DenseColumnsGradient& a) {
  return {a.w + a.first, -1, a.inner, a.inputs, a.columns, a.units};
}

inline i64 denseWeightGradientScratch(const DenseWeightGradient& a, Capacity capacity) {
  return weightGradientScratch(columnsOf(a), capacity);
}

inline void denseWeightGradient(const Context& context, const DenseWeightGradient& a) {
  const i64 first = context.pass.firstRow * a.inner;
  weightGradient(context, columnsOf(a), context.arena + a.x + first * a.inputs, context.arena + a.dy + first * a.units);
}

inline i64 denseColumnsGradientScratch(const DenseColumnsGradient& a, Capacity capacity) {
  return weightGradientScratch(columnsOf(a), capacity);
}

inline void denseColumnsGradient(const Context& context, const DenseColumnsGradient& a) {
  const i64 first = context.pass.firstRow * a.inner;
  weightGradient(context, columnsOf(a), context.arena + a.x + first * a.inputs,
                 context.arena + a.dy + first * a.units + a.first);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
