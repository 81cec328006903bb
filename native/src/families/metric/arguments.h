// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct BinaryAccuracy {
  std::int64_t prediction, target, size;
  double threshold;
  std::int64_t sum;
};
struct CategoricalAccuracy {
  std::int64_t prediction, target, groups, size, sparse, sum;
};

}  // namespace lockstep
