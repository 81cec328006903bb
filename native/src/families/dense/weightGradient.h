// The gradient of a Dense layer's weights, dw = xᵀ·dy and db = Σ dy: per shard, and folded in tree order.
#pragma once

#include "arguments.h"
#include "../../fold.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Floats of packed operands that stay in the second-level cache (1 MB).
constexpr i64 kCachedFloats = 262144;

// Panels of dy that are packed together and stay cached while every tile of inputs passes them.
LOCKSTEP_INLINE i64 panelGroup(i64 rows, i64 units) {
  return smaller(panelCount(units), larger(1, kCachedFloats / (larger(1, rows) * kPanel)));
}

// Shards of at least a block of terms each are taken block by block.
LOCKSTEP_INLINE bool isBlocked(i64 rows, i64 shards) { return rows >= shards * kBlock; }

// The columns of a weight gradient that are formed: `units` of them, where rows of dy and w are `row` apart.
struct GradientColumns {
  i64 w, b, inner, inputs, units, row;
};

LOCKSTEP_INLINE i64 gradientRows(const GradientColumns& a) { return a.inputs + (a.b < 0 ? 0 : 1); }

inline i64 weightGradientScratch(const GradientColumns& a, Capacity capacity) {
  const i64 rows = capacity.rows * a.inner, panels = panelCount(a.units);
  // A pass of fewer rows may group more panels, never more than the cache holds.
  const i64 packed = larger(panelGroup(rows, a.units) * rows * kPanel, smaller(kCachedFloats, panels * rows * kPanel));
  const i64 tiled = foldStepFloats(capacity.shards, rows) + packed + rows * kLanes + kFoldDepth * kTileFloats;
  if (rows < kBlock) return tiled;
  const i64 tiles = RowTiles(gradientRows(a)).count;
  const i64 blocked = kBlock * (tiles * kLanes + kPanel) + foldLevels(capacity.shards) * tiles * panels * kTileFloats;
  return larger(tiled, blocked);
}

// out (rows, kLanes) = columns [first, first + count) of x (rows, inputs), where column number `inputs` is all ones:
// its product with dy is the gradient of the bias.
LOCKSTEP_INLINE void packInputs(const float* x, i64 inputs, i64 rows, i64 first, i64 count, float* out) {
  const i64 columns = smaller(count, inputs - first);
  x += first;
  for (i64 row = 0; row < rows; row++) store(out + row * kLanes, loadPart(x + row * inputs, columns));
  if (columns < count)
    for (i64 row = 0; row < rows; row++) out[row * kLanes + columns] = 1.0f;
}

// Tile by tile: each takes all terms of its nodes while its sums and its part of x stay in the first-level cache. For
// shards of few terms.
inline void tiledWeightGradient(const Context& context, const GradientColumns& a, const float* x, const float* dy) {
  const Pass& pass = context.pass;
  const i64 rows = pass.rows * a.inner, panels = panelCount(a.units), group = panelGroup(rows, a.units);
  auto* steps = reinterpret_cast<FoldStep*>(context.scratch);
  float *packedInputs = context.scratch + foldStepFloats(pass.shards, rows), *stackBase = packedInputs + rows * kLanes,
        *packed = stackBase + kFoldDepth * kTileFloats;
  const i64 stepCount = planFold(pass, a.inner, stackBase, steps);
  const RowTiles tiles(gradientRows(a));
  for (i64 firstPanel = 0; firstPanel < panels; firstPanel += group) {
    const i64 count = smaller(group, panels - firstPanel);
    for (i64 p = 0; p < count; p++)
      packPanel(dy, a.row, rows, Panel(firstPanel + p, a.units), packed + p * rows * kPanel);
    for (i64 t = 0; t < tiles.count; t++) {
      const i64 first = tiles.first(t), tileRows = tiles.first(t + 1) - first;
      packInputs(x, a.inputs, rows, first, tileRows, packedInputs);
      for (i64 p = 0; p < count; p++) {
        const Panel panel(firstPanel + p, a.units);
        const TileFunction run = tileFunction<Layout::alongRows>(tileRows, panel.vectors);
        const float* right = packed + p * rows * kPanel;
        for (const FoldStep* step = steps; step < steps + stepCount; step++) {
          const float *left = packedInputs + step->first * kLanes, *terms = right + step->first * kPanel;
          if (step->slab == nullptr) {
            run(left, kLanes, terms, kPanel, step->terms, step->merge, step->place, kPanel);
            continue;
          }
          finishNode(run, {left, kLanes, terms, kPanel, step->terms}, step->merge, step->place,
                     {step->slab + a.w, step->slab + a.b, a.inputs, a.row}, first, tileRows, panel);
        }
      }
    }
  }
}

// Asks for rows [from, to) of a panel whose rows are `row` apart.
LOCKSTEP_INLINE void prefetchPanel(const float* b, i64 row, i64 from, i64 to) {
  for (i64 i = from; i < to; i++)
    for (i64 v = 0; v < kTileVectors; v++) prefetch(b + i * row + v * kLanes);
}

// Block by block: all tiles take a block of terms, whose operands are packed once. The sums wait in memory.
inline void blockedWeightGradient(const Context& context, const GradientColumns& a, const float* x,
                                  const float* dy) {
  const Pass& pass = context.pass;
  const RowTiles tiles(gradientRows(a));
  const i64 panels = panelCount(a.units), level = tiles.count * panels * kTileFloats;
  float *packedInputs = context.scratch, *packed = packedInputs + tiles.count * kBlock * kLanes,
        *sums = packed + kBlock * kPanel;
  for (i64 n = 0; n < pass.publishedCount; n++) {
    const PublishedNode& node = pass.published[n];
    const GradientTile gradient{node.slab + a.w, node.slab + a.b, a.inputs, a.row};
    i64 depth = 0;
    for (i64 l = 0; l < node.leafCount; l++) {
      forBlocks(node.leaves[l], a.inner, l + 1 == node.leafCount, [&](i64 terms, i64 at, const BlockPlace& place) {
        for (i64 t = 0; t < tiles.count; t++)
          packInputs(x + at * a.inputs, a.inputs, terms, tiles.first(t), tiles.first(t + 1) - tiles.first(t),
                     packedInputs + t * kBlock * kLanes);
        for (i64 p = 0; p < panels; p++) {
          const Panel panel(p, a.units);
          packPanel(dy + at * a.row, a.row, terms, panel, packed);
          // While the tiles are at work, what is packed next comes nearer.
          const bool isLast = p + 1 == panels;
          const float* next = dy + (isLast ? (at + terms) * a.row : at * a.row + panel.first + kPanel);
          for (i64 t = 0; t < tiles.count; t++) {
            const i64 first = tiles.first(t), tileRows = tiles.first(t + 1) - first;
            prefetchPanel(next, a.row, terms * t / tiles.count, terms * (t + 1) / tiles.count);
            addBlock(tileFunction<Layout::alongRows>(tileRows, panel.vectors),
                     {packedInputs + t * kBlock * kLanes, kLanes, packed, kPanel, terms}, place,
                     {sums + (p * tiles.count + t) * kTileFloats, level, depth}, gradient, first, tileRows, panel);
          }
        }
      });
      depth += 1 - node.leaves[l].merges;
    }
  }
}

// out (rows, kPanel) = columns of the panel of x (rows, inputs) followed by a column of ones.
inline void packInputPanel(const float* x, i64 inputs, i64 rows, const Panel& panel, float* out) {
  for (i64 row = 0; row < rows; row++, x += inputs, out += kPanel) {
    for (i64 v = 0; v < panel.vectors; v++) {
      const i64 at = panel.first + v * kLanes;
      store(out + v * kLanes, loadLanes(x + at, smaller(kLanes, larger(0, inputs - at))));
    }
    if (panel.first + panel.columns > inputs) out[inputs - panel.first] = 1.0f;
  }
}

// Few units would fill a small part of a vector: dwᵀ = dyᵀ·x has the inputs for its columns, and x is read in place.
inline void narrowWeightGradient(const Context& context, const GradientColumns& a, const float* x,
                                 const float* dy) {
  const Pass& pass = context.pass;
  const i64 rows = pass.rows * a.inner;
  auto* steps = reinterpret_cast<FoldStep*>(context.scratch);
  float *packed = context.scratch + foldStepFloats(pass.shards, rows), *stackBase = packed + rows * kPanel;
  const i64 stepCount = planFold(pass, a.inner, stackBase, steps);
  const auto storeTransposed = [&](const GradientTile& gradient, const Panel& panel) {
    for (i64 column = 0; column < panel.columns; column++)
      for (i64 unit = 0; unit < a.units; unit++) {
        const i64 input = panel.first + column;
        (input < a.inputs ? gradient.weights + input * a.row : gradient.bias)[unit] = stackBase[unit * kPanel + column];
      }
  };
  for (i64 p = 0; p < panelCount(gradientRows(a)); p++) {
    const Panel panel(p, gradientRows(a));
    const bool inPlace = panel.whole() && panel.first + kPanel <= a.inputs;
    if (!inPlace) packInputPanel(x, a.inputs, rows, panel, packed);
    const float* right = inPlace ? x + panel.first : packed;
    const i64 rightStep = inPlace ? a.inputs : kPanel;
    const TileFunction run = tileFunction<Layout::alongRows>(a.units, panel.vectors);
    for (const FoldStep* step = steps; step < steps + stepCount; step++) {
      run(dy + step->first * a.row, a.row, right + step->first * rightStep, rightStep, step->terms, step->merge,
          step->place, kPanel);
      if (step->slab != nullptr) storeTransposed({step->slab + a.w, step->slab + a.b, a.inputs, a.row}, panel);
    }
  }
}

// x (M, inputs), dy (M, row): slabs of columns of dw = xᵀ·dy, and db = Σ dy, per shard and folded.
inline void weightGradient(const Context& context, const GradientColumns& a, const float* x, const float* dy) {
  const i64 rows = context.pass.rows * a.inner;
  if (rows == 0) return;
  if (a.units <= kTileRows)
    narrowWeightGradient(context, a, x, dy);
  else if (isBlocked(rows, context.pass.shards))
    blockedWeightGradient(context, a, x, dy);
  else
    tiledWeightGradient(context, a, x, dy);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
