// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct Combine {
  std::int64_t a, b, y, size;
  double alpha, beta;
};
struct Multiply {
  std::int64_t a, b, y, size;
};
struct Maximum {
  std::int64_t a, b, y, size, smallest;
};
struct MaximumBackward {
  std::int64_t a, b, dy, da, db, size, smallest;
};
struct CopyBlocks {
  std::int64_t x, y, blocks, size, xStride, xStart, yStride, yStart;
};
struct MatrixProduct {
  std::int64_t a, b, y, groups, rows, inner, columns;
  std::int64_t aSize, aGroup, aRow, aTerm;
  std::int64_t bSize, bGroup, bTerm, bColumn;
  std::int64_t ySize, yGroup, yRow;
  double scale;
};
struct NormalizeForward {
  std::int64_t x, y, groups, size;
};
struct NormalizeBackward {
  std::int64_t x, dy, dx, groups, size;
};

}  // namespace lockstep
