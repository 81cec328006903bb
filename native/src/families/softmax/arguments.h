// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct SoftmaxForward {
  std::int64_t x, y, groups, size;
};
struct SoftmaxBackward {
  std::int64_t y, dy, dx, groups, size;
};

struct MaskedSoftmaxForward {
  std::int64_t x, y, mask, heads, queries, keys, causal;
};
struct LogSoftmaxForward {
  std::int64_t x, y, groups, size;
};
struct LogSoftmaxBackward {
  std::int64_t y, dy, dx, groups, size;
};

struct SparsemaxForward {
  std::int64_t x, y, groups, size;
};
struct SparsemaxBackward {
  std::int64_t y, dy, dx, groups, size;
};

}  // namespace lockstep
