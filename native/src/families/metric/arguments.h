// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

// What all metrics begin with.
struct MetricArguments {
  std::int64_t prediction, target, weight, groups, size, sum;
};

struct BinaryAccuracy : MetricArguments {
  double threshold;
};
struct CategoricalAccuracy : MetricArguments {
  std::int64_t sparse;
};
struct TopKAccuracy : MetricArguments {
  std::int64_t sparse, top;
};
struct ClassCounts : MetricArguments {
  std::int64_t sparse, pooled, top, largest;
  double threshold;
};
struct BucketCounts : MetricArguments {
  std::int64_t sparse, pooled, buckets;
};
struct ResidualSums : MetricArguments {};

}  // namespace lockstep
