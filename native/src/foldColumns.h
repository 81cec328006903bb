// Gradients that are sums of columns over rows: scales and shifts of normalizations, slopes of activations.
#pragma once

#include "context.h"
#include "doubles.h"
#include "fold.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Writes the gradient of the `count` parameters at `offset` to the slabs, 16 at a time: leafSum(firstRow, rows, at,
// lanes) gives the sums of columns [at, at + lanes) over a leaf's rows, counted from the pass's first. Each is rounded
// to float32 once, as a leaf, and folded in tree order.
template <class LeafSum>
LOCKSTEP_INLINE void foldColumns(const Context& context, i64 offset, i64 count, LeafSum leafSum) {
  for (i64 n = 0; n < context.pass.publishedCount; n++) {
    const PublishedNode& node = context.pass.published[n];
    forLanes(count, [&](i64 at, i64 lanes) {
      V stack[kFoldDepth];
      i64 depth = 0;
      for (i64 l = 0; l < node.leafCount; l++) {
        stack[depth++] = narrow(leafSum(node.leaves[l].firstRow, node.leaves[l].rows, at, lanes));
        for (i64 merges = node.leaves[l].merges; merges > 0; merges--, depth--)
          stack[depth - 2] = stack[depth - 2] + stack[depth - 1];
      }
      storeLanes(node.slab + offset + at, stack[0], lanes);
    });
  }
}

LOCKSTEP_INLINE D zeroD() { return widen(zero()); }

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
