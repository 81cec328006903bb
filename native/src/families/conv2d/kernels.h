// Convolution over NHWC records as implicit GEMM: y = activation(conv(x, w) + b), and the gradients of x, w and b.
#pragma once

#include "arguments.h"
#include "../dense/kernels.h"
#include "../../patches.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Floats of patches that are laid out at a time: a quarter of the second-level cache.
constexpr i64 kPatchFloats = 98304;

LOCKSTEP_INLINE i64 patchBlock(i64 size) { return larger(4 * kTileRows, smaller(512, kPatchFloats / patchStep(size))); }

LOCKSTEP_INLINE i64 patchFloats(const Windows& w, i64 positions, i64 extra) {
  const i64 size = patchSize(w) + extra;
  return larger(positions * patchStep(size), size * roundUp(positions, kLanes));
}

inline i64 conv2dForwardScratch(const Conv2dForward& a, Capacity) {
  const i64 size = patchSize(a.windows), block = patchBlock(size);
  return panelCount(a.filters) * size * kPanel + patchFloats(a.windows, block, 0) + partialFloats(block);
}

// x (H, W, C), w (KH·KW·C, F), b (F), y (OH·OW, F) a row.
inline void conv2dForward(const Context& context, const Conv2dForward& a) {
  const Windows& w = a.windows;
  const i64 size = patchSize(w), panels = panelCount(a.filters), block = patchBlock(size);
  const float* x = context.arena + a.x + context.pass.firstRow * imageSize(w);
  float* y = context.arena + a.y + context.pass.firstRow * positionsOf(w) * a.filters;
  const float* bias = a.b < 0 ? nullptr : context.parameters + a.b;
  float *packed = context.scratch, *patches = packed + panels * size * kPanel;
  float* partial = patches + patchFloats(w, block, 0);
  for (i64 p = 0; p < panels; p++)
    packPanel(context.parameters + a.w, a.filters, size, Panel(p, a.filters), packed + p * size * kPanel);
  const i64 positions = context.pass.rows * positionsOf(w);
  for (i64 from = 0; from < positions; from += block) {
    const i64 count = smaller(block, positions - from);
    const bool columns = packsColumns(w);
    const i64 step = columns ? roundUp(count, kLanes) : patchStep(size);
    if (columns)
      packPatchColumns(w, x, from, count, false, patches, step);
    else
      packPatchRows(w, x, from, count, false, patches, step);
    for (i64 p = 0; p < panels; p++) {
      const Panel panel(p, a.filters);
      const auto right = [&](i64 term, i64) { return packed + (p * size + term) * kPanel; };
      float* out = y + from * a.filters;
      if (columns)
        forwardPanel<Layout::alongRows>(patches, step, count, size, right, kPanel, panel, partial, a.activation, bias,
                                        out, a.filters);
      else
        forwardPanel<Layout::alongK>(patches, step, count, size, right, kPanel, panel, partial, a.activation, bias, out,
                                     a.filters);
    }
  }
}

LOCKSTEP_INLINE i64 gradientStep(const Windows& w) { return panelCount(patchSize(w)) * kPanel; }
// Positions whose patch gradients are formed at a time, and images that are finished together.
LOCKSTEP_INLINE i64 gradientBlock(const Windows& w) {
  return larger(4 * kTileRows, smaller(512, kPatchFloats / gradientStep(w)));
}

inline i64 conv2dInputGradientScratch(const Conv2dInputGradient& a, Capacity) {
  const i64 block = gradientBlock(a.windows);
  return panelCount(patchSize(a.windows)) * a.filters * kPanel + block * gradientStep(a.windows) + partialFloats(block);
}

// dx (H, W, C) += the patch gradients of positions [first, first + positions), in order of position.
inline void addPatches(const Windows& w, const float* patches, i64 step, i64 first, i64 positions, float* dx) {
  const i64 segment = w.windowWidth * w.channels, rowSize = w.width * w.channels;
  const auto add = [](const float* from, float* to, i64 size) {
    forLanes(size, [&](i64 at, i64 lanes) {
      storeLanes(to + at, loadLanes(to + at, lanes) + loadLanes(from + at, lanes), lanes);
    });
  };
  forOutputRows(w, first, positions, [&](i64 image, i64 outRow, i64 outColumn, i64 count, i64 done) {
    float* record = dx + image * imageSize(w);
    for (i64 i = 0; i < count; i++) {
      const float* patch = patches + (done + i) * step;
      const i64 start = (outColumn + i) * w.strideWidth - w.padLeft;
      const InsideRange columns = insideColumns(w, start);
      if (columns.to == columns.from) continue;
      for (i64 r = 0; r < w.windowHeight; r++, patch += segment) {
        const i64 inRow = outRow * w.strideHeight - w.padTop + r * w.dilationHeight;
        if (inRow < 0 || inRow >= w.height) continue;
        float* pixels = record + inRow * rowSize + (start + columns.from * w.dilationWidth) * w.channels;
        const float* from = patch + columns.from * w.channels;
        if (w.dilationWidth == 1)
          add(from, pixels, (columns.to - columns.from) * w.channels);
        else
          for (i64 c = columns.from; c < columns.to; c++, from += w.channels, pixels += w.dilationWidth * w.channels)
            add(from, pixels, w.channels);
      }
    }
  });
}

// dy (OH·OW, F), w (KH·KW·C, F), x and dx (H, W, C): the patch gradients dy · wᵀ, added where their patch was read,
// ∘ activation′(x).
inline void conv2dInputGradient(const Context& context, const Conv2dInputGradient& a) {
  const Windows& w = a.windows;
  const i64 size = patchSize(w), panels = panelCount(size), step = gradientStep(w), block = gradientBlock(w);
  const i64 firstRow = context.pass.firstRow;
  const float* dy = context.arena + a.dy + firstRow * positionsOf(w) * a.filters;
  const float* x = context.arena + a.x + firstRow * imageSize(w);
  float* dx = context.arena + a.dx + firstRow * imageSize(w);
  float *packed = context.scratch, *patches = packed + panels * a.filters * kPanel, *partial = patches + block * step;
  for (i64 p = 0; p < panels; p++)
    packTransposedPanel(context.parameters + a.w, a.filters, a.filters, Panel(p, size),
                        packed + p * a.filters * kPanel);
  const i64 images = larger(1, block / positionsOf(w));
  for (i64 image = 0; image < context.pass.rows; image += images) {
    const i64 imageCount = smaller(images, context.pass.rows - image);
    const i64 first = image * positionsOf(w), end = first + imageCount * positionsOf(w);
    clearFloats(dx + image * imageSize(w), imageCount * imageSize(w));
    for (i64 from = first; from < end; from += block) {
      const i64 count = smaller(block, end - from);
      for (i64 p = 0; p < panels; p++) {
        const Panel panel(p, size);
        const auto right = [&](i64 term, i64) { return packed + (p * a.filters + term) * kPanel; };
        multiplyPanel<Layout::alongK>(dy + from * a.filters, a.filters, count, a.filters, right, kPanel, panel.vectors,
                                      partial, [&](const float* tile, i64 row, i64 tileRows) {
                                        for (i64 i = 0; i < tileRows; i++)
                                          for (i64 v = 0; v < panel.vectors; v++)
                                            store(patches + (row + i) * step + panel.first + v * kLanes,
                                                  load(tile + i * kPanel + v * kLanes));
                                      });
      }
      addPatches(w, patches, step, from, count, dx);
    }
    if (a.activation == Linear::id) continue;
    const i64 at0 = image * imageSize(w);
    withActivation(a.activation, [&](auto activation) {
      forLanes(imageCount * imageSize(w), [&](i64 at, i64 lanes) {
        const V slope = activation.slope(loadLanes(dx + at0 + at, lanes), loadLanes(x + at0 + at, lanes));
        storeLanes(dx + at0 + at, slope, lanes);
      });
    });
  }
}

inline i64 conv2dWeightGradientScratch(const Conv2dWeightGradient& a, Capacity) {
  return patchFloats(a.windows, kBlock, 1) + kBlock * kPanel;
}
inline i64 conv2dWeightGradientKept(const Conv2dWeightGradient& a, Capacity capacity) {
  const i64 rows = patchSize(a.windows) + 1;
  return foldLevels(capacity.shards) * RowTiles(rows).count * panelCount(a.filters) * kTileFloats;
}

// One block of a leaf: positions [first, first + terms) of the rank, and what becomes of their sums.
struct LeafBlock {
  i64 first, terms, merges;
  bool begun, final;
};

// Calls body(block) for the blocks of a leaf that lie in rows [from, to) of the rank. Blocks are counted from the
// leaf's first row: whole rows together, or equal parts of one row where it has more than kBlock positions; so a chunk
// of rows that ends with a block leaves the sums as they would be.
template <class Body>
LOCKSTEP_INLINE void forLeafBlocks(const Leaf& leaf, i64 from, i64 to, i64 positions, Body body) {
  const i64 rows = blockRows(positions), parts = ceilDiv(positions, kBlock), end = leaf.firstRow + leaf.rows;
  for (i64 row = larger(from, leaf.firstRow); row < smaller(to, end); row += rows) {
    const i64 count = smaller(rows, end - row) * positions;
    for (i64 part = 0; part < parts; part++) {
      const i64 first = count * part / parts, terms = count * (part + 1) / parts - first;
      const bool last = row + rows >= end && part + 1 == parts;
      body(LeafBlock{row * positions + first, terms, last ? leaf.merges : 0, row > leaf.firstRow || part > 0, last});
    }
  }
}

// x (H, W, C), dy (OH·OW, F): slabs of dw = patchesᵀ·dy (KH·KW·C, F) and db = Σ dy, per shard and folded. All tiles
// take a block of positions while its patches are cached.
inline void conv2dWeightGradient(const Context& context, const Conv2dWeightGradient& a) {
  const Windows& w = a.windows;
  const Pass& pass = context.pass;
  const bool ones = a.b >= 0, columns = packsColumns(w);
  const i64 size = patchSize(w) + ones, panels = panelCount(a.filters), step = columns ? kBlock : patchStep(size);
  const RowTiles tiles(size);
  const float* x = context.arena + a.x + (pass.firstRow - pass.chunk) * imageSize(w);
  const float* dy = context.arena + a.dy + (pass.firstRow - pass.chunk) * positionsOf(w) * a.filters;
  float *patches = context.scratch, *packed = patches + patchFloats(w, kBlock, 1);
  const i64 grid = tiles.count * panels * kTileFloats;
  for (i64 n = 0; n < pass.publishedCount; n++) {
    const PublishedNode& node = pass.published[n];
    const GradientTile gradient{node.slab + a.w, node.slab + a.b, patchSize(w), a.filters};
    i64 depth = 0;
    for (i64 l = 0; l < node.leafCount; l++) {
      const bool lastLeaf = l + 1 == node.leafCount;
      forLeafBlocks(node.leaves[l], pass.chunk, pass.chunk + pass.rows, positionsOf(w), [&](const LeafBlock& block) {
        if (columns)
          packPatchColumns(w, x, block.first, block.terms, ones, patches, step);
        else
          packPatchRows(w, x, block.first, block.terms, ones, patches, step);
        for (i64 p = 0; p < panels; p++) {
          const Panel panel(p, a.filters);
          // Short whole rows of dy are read where they stand; long ones would fall into few cache sets.
          const bool inPlace = panel.whole() && a.filters <= 128;
          const float* rows = dy + block.first * a.filters;
          if (!inPlace) packPanel(rows, a.filters, block.terms, panel, packed);
          for (i64 t = 0; t < tiles.count; t++) {
            const i64 row = tiles.first(t), count = tiles.first(t + 1) - row;
            float* base = context.kept + (p * tiles.count + t) * kTileFloats;
            const TileFunction run = columns ? tileFunction<Layout::alongK>(count, panel.vectors)
                                             : tileFunction<Layout::alongRows>(count, panel.vectors);
            const BlockOperands operands{columns ? patches + row * step : patches + row, step,
                                         inPlace ? rows + panel.first : packed, inPlace ? a.filters : kPanel,
                                         block.terms};
            addBlock(run, operands, {block.begun, block.merges, block.final && lastLeaf}, {base, grid, depth}, gradient,
                     row, count, panel);
          }
        }
      });
      depth += 1 - node.leaves[l].merges;
    }
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
