// Views of records: cropped, permuted or repeated elements, and the sums that are the gradients of those.
#pragma once

#include "arguments.h"
#include "../../patches.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE i64 countOf(const StridedView& v) {
  return v.lengths[0] * v.lengths[1] * v.lengths[2] * v.lengths[3] * v.lengths[4];
}

// Calls body(place, index) for the start of each run along the innermost axis: its place in the record, its index among
// the elements of the view.
template <class Body>
LOCKSTEP_INLINE void forRuns(const StridedView& v, Body body) {
  i64 index = 0;
  for (i64 i0 = 0; i0 < v.lengths[0]; i0++)
    for (i64 i1 = 0; i1 < v.lengths[1]; i1++)
      for (i64 i2 = 0; i2 < v.lengths[2]; i2++) {
        i64 place = v.offset + i0 * v.strides[0] + i1 * v.strides[1] + i2 * v.strides[2];
        for (i64 i3 = 0; i3 < v.lengths[3]; i3++, place += v.strides[3], index += v.lengths[4]) body(place, index);
      }
}

// y (lengths) = x at the view's places.
inline void stridedCopy(const Context& context, const StridedCopy& a) {
  const StridedView& v = a.view;
  const i64 run = v.lengths[4], stride = v.strides[4];
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* x = context.arena + a.x + row * v.size;
    float* y = context.arena + a.y + row * countOf(v);
    if (stride == 1)
      forRuns(v, [&](i64 place, i64 index) { copyFloats(x + place, y + index, run); });
    else
      forRuns(v, [&](i64 place, i64 index) {
        for (i64 e = 0; e < run; e++) y[index + e] = x[place + e * stride];
      });
  }
}

// x (size) = the sum of all y (lengths) whose place it is, in their order.
inline void stridedSum(const Context& context, const StridedSum& a) {
  const StridedView& v = a.view;
  const i64 run = v.lengths[4], stride = v.strides[4];
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* y = context.arena + a.y + row * countOf(v);
    float* x = context.arena + a.x + row * v.size;
    clearFloats(x, v.size);
    if (stride == 1)
      forRuns(v, [&](i64 place, i64 index) {
        forLanes(run, [&](i64 at, i64 lanes) {
          storeLanes(x + place + at, loadLanes(x + place + at, lanes) + loadLanes(y + index + at, lanes), lanes);
        });
      });
    else
      forRuns(v, [&](i64 place, i64 index) {
        for (i64 e = 0; e < run; e++) x[place + e * stride] += y[index + e];
      });
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
