// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

// A view of a record of `size` elements with five axes.
struct StridedView {
  std::int64_t size, offset, lengths[5], strides[5];
};
struct StridedCopy {
  std::int64_t x, y;
  StridedView view;
};
struct StridedSum {
  std::int64_t y, x;
  StridedView view;
};

}  // namespace lockstep
