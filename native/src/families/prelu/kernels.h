// x where x > 0, else alpha · x with a trained alpha: a row is (outer, slopes, inner).
#pragma once

#include "arguments.h"
#include "../../foldColumns.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Calls body(at, lanes, alpha) for all elements of the pass's rows, counted from its first.
template <class Body>
LOCKSTEP_INLINE void eachSloped(const Context& context, i64 alpha, const Slopes& row, Body body) {
  const float* slopes = context.parameters + alpha;
  const i64 groups = context.pass.rows * row.outer;
  for (i64 group = 0; group < groups; group++) {
    const i64 first = group * row.slopes * row.inner;
    if (row.inner == 1)
      forLanes(row.slopes, [&](i64 at, i64 lanes) { body(first + at, lanes, loadLanes(slopes + at, lanes)); });
    else
      for (i64 slope = 0; slope < row.slopes; slope++)
        forLanes(row.inner, [&](i64 at, i64 lanes) {
          body(first + slope * row.inner + at, lanes, broadcast(slopes[slope]));
        });
  }
}

LOCKSTEP_INLINE i64 firstElement(const Context& context, const Slopes& row) {
  return context.pass.firstRow * row.outer * row.slopes * row.inner;
}

inline void preluForward(const Context& context, const PreluForward& a) {
  const float* x = context.arena + a.x + firstElement(context, a.row);
  float* y = context.arena + a.y + firstElement(context, a.row);
  eachSloped(context, a.alpha, a.row, [&](i64 at, i64 lanes, V alpha) {
    const V value = loadLanes(x + at, lanes);
    storeLanes(y + at, select(less(zero(), value), value, alpha * value), lanes);
  });
}

inline void preluInputGradient(const Context& context, const PreluInputGradient& a) {
  const i64 first = firstElement(context, a.row);
  const float *x = context.arena + a.x + first, *dy = context.arena + a.dy + first;
  float* dx = context.arena + a.dx + first;
  eachSloped(context, a.alpha, a.row, [&](i64 at, i64 lanes, V alpha) {
    const V gradient = loadLanes(dy + at, lanes);
    storeLanes(dx + at, select(less(zero(), loadLanes(x + at, lanes)), gradient, alpha * gradient), lanes);
  });
}

// Slab: Σ dy · min(x, 0) over rows, outer and inner.
inline void preluWeightGradient(const Context& context, const PreluWeightGradient& a) {
  const i64 outer = a.row.outer, slopes = a.row.slopes, inner = a.row.inner;
  const i64 first = firstElement(context, a.row);
  const float *x = context.arena + a.x + first, *dy = context.arena + a.dy + first;
  const auto term = [&](i64 at, i64 lanes) {
    return widen(loadLanes(dy + at, lanes)) * widen(min(zero(), loadLanes(x + at, lanes)));
  };
  foldColumns(context, a.alpha, slopes, [&](i64 row, i64 rows, i64 slope, i64 lanes) {
    D sum = zeroD();
    if (inner == 1) {
      for (i64 group = row * outer; group < (row + rows) * outer; group++)
        sum = sum + term(group * slopes + slope, lanes);
      return sum;
    }
    double sums[kLanes] = {};
    for (i64 lane = 0; lane < lanes; lane++) {
      D along = zeroD();
      for (i64 group = row * outer; group < (row + rows) * outer; group++)
        forLanes(inner, [&](i64 at, i64 count) {
          along = along + term((group * slopes + slope + lane) * inner + at, count);
        });
      sums[lane] = sumOfLanes(along);
    }
    return load(sums);
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
