// Gradients that are added row by row: each shard's sum, folded in tree order.
#pragma once

#include "fold.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The `kept` floats of foldRows for a gradient of `size` elements.
LOCKSTEP_INLINE i64 foldRowsFloats(i64 size, Capacity capacity) { return foldLevels(capacity.shards) * size; }

// addRow(row, sum) adds a row's share to `sum` (size); rows are counted from the rank's first one. publish(slab, sum)
// gets the folded sum of each published node. A call may be run a few rows at a time: sums wait in `kept`.
template <class AddRow, class Publish>
LOCKSTEP_INLINE void foldRows(const Context& context, i64 size, AddRow addRow, Publish publish) {
  const Pass& pass = context.pass;
  for (i64 n = 0; n < pass.publishedCount; n++) {
    const PublishedNode& node = pass.published[n];
    float* top = context.kept;
    for (i64 l = 0; l < node.leafCount; l++) {
      const Leaf& leaf = node.leaves[l];
      const i64 end = leaf.firstRow + leaf.rows;
      const i64 from = larger(leaf.firstRow, pass.chunk), to = smaller(end, pass.chunk + pass.rows);
      if (from < to && from == leaf.firstRow)
        forLanes(size, [&](i64 at, i64 lanes) { storeLanes(top + at, zero(), lanes); });
      for (i64 row = from; row < to; row++) addRow(row, top);
      const bool isComplete = from < to && to == end;
      for (int merge = 0; merge < leaf.merges; merge++) {
        float *right = top, *left = top - size;
        if (isComplete)
          forLanes(size, [&](i64 at, i64 lanes) {
            storeLanes(left + at, loadLanes(left + at, lanes) + loadLanes(right + at, lanes), lanes);
          });
        top = left;
      }
      if (isComplete && l + 1 == node.leafCount) publish(node.slab, top);
      top += size;
    }
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
