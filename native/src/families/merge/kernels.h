// Merging rows of several buffers: element by element, block by block, as matrices; and vectors of length 1.
#pragma once

#include "arguments.h"
#include "../../context.h"
#include "../../gemm.h"
#include "../../math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// y = value(a, b) element by element, size elements a row.
template <class Value>
LOCKSTEP_INLINE void merged(const Context& context, i64 a, i64 b, i64 y, i64 size, Value value) {
  const i64 first = context.pass.firstRow * size;
  const float *left = context.arena + a + first, *right = context.arena + b + first;
  float* out = context.arena + y + first;
  forLanes(context.pass.rows * size, [&](i64 at, i64 lanes) {
    storeLanes(out + at, value(loadLanes(left + at, lanes), loadLanes(right + at, lanes)), lanes);
  });
}

// y = alpha · a + beta · b, or alpha · a.
inline void combine(const Context& context, const Combine& c) {
  const V alpha = broadcast(static_cast<float>(c.alpha)), beta = broadcast(static_cast<float>(c.beta));
  if (c.b < 0) return merged(context, c.a, c.a, c.y, c.size, [&](V a, V) { return alpha * a; });
  merged(context, c.a, c.b, c.y, c.size, [&](V a, V b) { return alpha * a + beta * b; });
}

// y = a ∘ b.
inline void multiply(const Context& context, const Multiply& m) {
  merged(context, m.a, m.b, m.y, m.size, [](V a, V b) { return a * b; });
}

// Where a is taken before b: the larger, or the smaller; of equal ones a.
LOCKSTEP_INLINE Mask takesFirst(V a, V b, bool smallest) {
  return (smallest ? less(a, b) : less(b, a)) | equal(a, b);
}

// y = the larger of a and b, or the smaller one; a NaN of either stays one.
inline void maximum(const Context& context, const Maximum& m) {
  const bool smallest = m.smallest != 0;
  merged(context, m.a, m.b, m.y, m.size, [&](V a, V b) {
    return select(isNan(a) | isNan(b), a + b, select(takesFirst(a, b, smallest), a, b));
  });
}

// da = dy where a was taken, db = dy elsewhere.
inline void maximumBackward(const Context& context, const MaximumBackward& m) {
  const i64 first = context.pass.firstRow * m.size;
  const float *a = context.arena + m.a + first, *b = context.arena + m.b + first, *dy = context.arena + m.dy + first;
  float *da = context.arena + m.da + first, *db = context.arena + m.db + first;
  forLanes(context.pass.rows * m.size, [&](i64 at, i64 lanes) {
    const Mask taken = takesFirst(loadLanes(a + at, lanes), loadLanes(b + at, lanes), m.smallest != 0);
    const V gradient = loadLanes(dy + at, lanes);
    storeLanes(da + at, select(taken, gradient, zero()), lanes);
    storeLanes(db + at, select(taken, zero(), gradient), lanes);
  });
}

// Block by block, as in the kernel table.
inline void copyBlocks(const Context& context, const CopyBlocks& c) {
  const i64 first = context.pass.firstRow * c.blocks, end = first + context.pass.rows * c.blocks;
  const float* x = context.arena + c.x + c.xStart;
  float* y = context.arena + c.y + c.yStart;
  for (i64 block = first; block < end; block++) {
    const float* from = x + block * c.xStride;
    float* to = y + block * c.yStride;
    forLanes(c.size, [&](i64 at, i64 lanes) { storeLanes(to + at, loadLanes(from + at, lanes), lanes); });
  }
}

inline i64 matrixProductScratch(const MatrixProduct& p, Capacity) { return kBlock * kPanel + partialFloats(p.rows); }

// y (rows, columns) = scale · A · one panel of B, for A in the given layout.
template <Layout L>
LOCKSTEP_INLINE void productPanel(const MatrixProduct& p, const float* a, const float* b, const Panel& panel,
                                  float* packed, float* y) {
  const V scale = broadcast(static_cast<float>(p.scale));
  const auto right = [&](i64 term, i64 terms) -> const float* {
    if (p.bColumn == 1)
      packPanel(b + term * p.bTerm, p.bTerm, terms, panel, packed);
    else
      packTransposedPanel(b + term, p.bColumn, terms, panel, packed);
    return packed;
  };
  multiplyPanel<L>(a, L == Layout::alongK ? p.aRow : p.aTerm, p.rows, p.inner, right, kPanel, panel.vectors,
                   packed + kBlock * kPanel, [&](const float* tile, i64 firstRow, i64 rows) {
                     for (i64 i = 0; i < rows; i++)
                       forLanes(panel.columns, [&](i64 at, i64 lanes) {
                         float* place = y + (firstRow + i) * p.yRow + panel.first + at;
                         storeLanes(place, scale * load(tile + i * kPanel + at), lanes);
                       });
                   });
}

// The matrices of a row stand in its records by strides; see src/shared/kernels/table/merging.ts.
inline void matrixProduct(const Context& context, const MatrixProduct& p) {
  const i64 first = context.pass.firstRow, end = first + context.pass.rows;
  for (i64 row = first; row < end; row++)
    for (i64 group = 0; group < p.groups; group++) {
      const float* a = context.arena + p.a + row * p.aSize + group * p.aGroup;
      const float* b = context.arena + p.b + row * p.bSize + group * p.bGroup;
      float* y = context.arena + p.y + row * p.ySize + group * p.yGroup;
      for (i64 number = 0; number < panelCount(p.columns); number++) {
        const Panel panel(number, p.columns);
        if (p.aTerm == 1)
          productPanel<Layout::alongK>(p, a, b, panel, context.scratch, y);
        else
          productPanel<Layout::alongRows>(p, a, b, panel, context.scratch, y);
      }
    }
}

// Keras's least sum of squares, below which a vector is not brought to length 1.
constexpr float kLeastSquares = 1e-12f;

LOCKSTEP_INLINE float dotOf(const float* a, const float* b, i64 size) {
  V sum = zero();
  forLanes(size, [&](i64 at, i64 lanes) { sum = fma(loadLanes(a + at, lanes), loadLanes(b + at, lanes), sum); });
  return sumOfLanes(sum);
}

LOCKSTEP_INLINE V lengthOf(float squares) {
  // A NaN is not below it and survives.
  return squareRoot(broadcast(squares < kLeastSquares ? kLeastSquares : squares));
}

// y = x / √max(Σ x², 1e-12) over the last axis of (groups, size) a row.
inline void normalizeForward(const Context& context, const NormalizeForward& n) {
  const i64 first = context.pass.firstRow * n.groups, end = first + context.pass.rows * n.groups;
  for (i64 group = first; group < end; group++) {
    const float* x = context.arena + n.x + group * n.size;
    float* y = context.arena + n.y + group * n.size;
    const V length = lengthOf(dotOf(x, x, n.size));
    forLanes(n.size, [&](i64 at, i64 lanes) { storeLanes(y + at, loadLanes(x + at, lanes) / length, lanes); });
  }
}

// With s = Σ x²: dx = (dy − x · Σ x∘dy / s) / √s, or dy / √1e-12 where s is below that.
inline void normalizeBackward(const Context& context, const NormalizeBackward& n) {
  const i64 first = context.pass.firstRow * n.groups, end = first + context.pass.rows * n.groups;
  for (i64 group = first; group < end; group++) {
    const float *x = context.arena + n.x + group * n.size, *dy = context.arena + n.dy + group * n.size;
    float* dx = context.arena + n.dx + group * n.size;
    const float squares = dotOf(x, x, n.size);
    const V length = lengthOf(squares);
    const V common = broadcast(squares > kLeastSquares ? dotOf(x, dy, n.size) / squares : 0.0f);
    forLanes(n.size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, (loadLanes(dy + at, lanes) - loadLanes(x + at, lanes) * common) / length, lanes);
    });
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
