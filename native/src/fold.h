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

// The operands of one block of a leaf: rows of both are terms, or columns of left where the layout is alongK.
struct BlockOperands {
  const float* left;
  i64 leftStep;
  const float* right;
  i64 rightStep, terms;
};

// What becomes of a block's sums: `begun` where the leaf has earlier blocks, `merges` nodes are complete after it, and
// `final` after the last block of a published node.
struct BlockPlace {
  bool begun;
  i64 merges;
  bool final;
};

// The block that ends a published node: its sums, merged, go to rows [first, first + count) of the panel of the gradient,
// through the tile at `place` where they cannot be stored as whole vectors.
LOCKSTEP_INLINE void finishNode(TileFunction run, const BlockOperands& block, const Merge& merge, float* place,
                                const GradientTile& gradient, i64 first, i64 count, const Panel& panel) {
  const bool plain = gradient.isPlain(first, count, panel);
  run(block.left, block.leftStep, block.right, block.rightStep, block.terms, merge,
      plain ? gradient.at(first, panel) : place, plain ? gradient.columns : kPanel);
  if (!plain) gradient.storeTile(place, first, count, panel);
}

// Adds one block of a leaf to the tile at rows [first, first + count) of the panel, whose unfinished sums are `stack`.
LOCKSTEP_INLINE void addBlock(TileFunction run, const BlockOperands& block, const BlockPlace& place,
                              const FoldStack& stack, const GradientTile& gradient, i64 first, i64 count,
                              const Panel& panel) {
  const Merge merge = stack.mergeOf(place.merges, place.begun);
  float* sums = stack.place(place.merges);
  if (place.final)
    finishNode(run, block, merge, sums, gradient, first, count, panel);
  else
    run(block.left, block.leftStep, block.right, block.rightStep, block.terms, merge, sums, kPanel);
}

// Calls body(terms, firstTerm, place) for the blocks of a leaf, which is the last of its node where `lastLeaf`. A row has
// `inner` terms.
template <class Body>
LOCKSTEP_INLINE void forBlocks(const Leaf& leaf, i64 inner, bool lastLeaf, Body body) {
  const i64 terms = leaf.rows * inner;
  for (i64 from = 0; from < terms; from += kBlock) {
    const bool last = from + kBlock >= terms;
    body(smaller(kBlock, terms - from), leaf.firstRow * inner + from,
         BlockPlace{from > 0, last ? leaf.merges : 0, last && lastLeaf});
  }
}

// One block of a leaf on a tile's way through the leaves of all published nodes: its terms, what is merged with its sums
// and where they go; `slab` is the node's where the block is its last, else null.
struct FoldStep {
  i64 first, terms;
  Merge merge;
  float* place;
  float* slab;
};

LOCKSTEP_INLINE i64 foldStepFloats(i64 leaves, i64 terms) {
  return roundUp((leaves + terms / kBlock) * static_cast<i64>(sizeof(FoldStep) / sizeof(float)), kLanes);
}

// Plans the way of a tile whose unfinished sums are on the stack at `stackBase`: the same for all tiles, so planned once
// a call. Returns the number of steps.
inline i64 planFold(const Pass& pass, i64 inner, float* stackBase, FoldStep* steps) {
  FoldStep* next = steps;
  for (i64 n = 0; n < pass.publishedCount; n++) {
    const PublishedNode& node = pass.published[n];
    FoldStack stack{stackBase, kTileFloats};
    for (i64 l = 0; l < node.leafCount; l++) {
      forBlocks(node.leaves[l], inner, l + 1 == node.leafCount, [&](i64 terms, i64 first, const BlockPlace& place) {
        *next++ = {first, terms, stack.mergeOf(place.merges, place.begun), stack.place(place.merges),
                   place.final ? node.slab : nullptr};
      });
      stack.depth += 1 - node.leaves[l].merges;
    }
  }
  return next - steps;
}

// Levels of whole gradients that wait while a node of at most that many shards is folded, and a leaf that has begun.
LOCKSTEP_INLINE i64 foldLevels(i64 shards) {
  i64 levels = 2;
  for (i64 folded = 1; folded < shards; folded *= 2) levels++;
  return smaller(levels, kFoldDepth);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
