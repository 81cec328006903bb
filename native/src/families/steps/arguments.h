// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct ReverseSteps {
  std::int64_t x, y, steps, size;
};
struct IndexMask {
  std::int64_t x, mask, size;
};
struct StepMask {
  std::int64_t x, mask, steps, size;
  double value;
};
struct MaskSteps {
  std::int64_t x, mask, y, steps, size;
};
struct DropUnweighted {
  std::int64_t x, weight, groups, size;
};
struct MaskedMeanForward {
  std::int64_t x, mask, y, steps, size;
};
struct MaskedMeanBackward {
  std::int64_t mask, dy, dx, steps, size;
};

}  // namespace lockstep
