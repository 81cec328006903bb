// Gradients summed over rows: a tile's leaves, one a shard, are folded in tree order without leaving registers and L1.
#pragma once

#include "context.h"
#include "gemm.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The deepest stack of unfinished sums: one a level of a tree over 2³¹ shards, and a leaf's earlier blocks.
constexpr i64 kFoldDepth = 33;

// The finished sums of a node that wait for their right neighbour, level by level `step` floats apart.
struct FoldStack {
  float* base;
  i64 step;
  i64 depth = 0;

  // What to add to the last block of a leaf, and where the result goes; `begun` where earlier blocks are on top.
  LOCKSTEP_INLINE Merge mergeOf(i64 merges, bool begun) const {
    return {base + (begun ? depth : depth - 1) * step, merges + (begun ? 1 : 0), step};
  }
  LOCKSTEP_INLINE float* place(i64 merges) const { return base + (depth - merges) * step; }
};

// Where a tile of a weight gradient (inputs, columns), and of the bias gradient as its row number `inputs`, is stored.
struct GradientTile {
  float* weights;
  float* bias;
  i64 inputs, columns;

  // Whether rows [first, first + count) of the panel can be stored as whole vectors, straight from registers.
  LOCKSTEP_INLINE bool isPlain(i64 first, i64 count, const Panel& panel) const {
    return panel.whole() && first + count <= inputs;
  }
  LOCKSTEP_INLINE float* at(i64 row, const Panel& panel) const {
    return (row < inputs ? weights + row * columns : bias) + panel.first;
  }
  LOCKSTEP_INLINE void storeTile(const float* tile, i64 first, i64 count, const Panel& panel) const {
    for (i64 i = 0; i < count; i++)
      for (i64 v = 0; v < panel.vectors; v++)
        storeLanes(at(first + i, panel) + v * kLanes, load(tile + i * kPanel + v * kLanes), panel.columns - v * kLanes);
  }
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
