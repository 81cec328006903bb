#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

// In the order of the arguments that all metrics begin with, of which `sums` sums follow each other.
Records metricRecords(const MetricArguments& a, i64 sparse, Wide sums) {
  const Wide record = times({a.groups, a.size});
  return {{record, sparse ? Wide{a.groups} : record, a.groups, 0, 0, sums}, ""};
}
Records binary(const BinaryAccuracy& a) { return metricRecords(a, 0, 1); }
template <class Arguments>
Records accuracy(const Arguments& a) {
  return metricRecords(a, a.sparse, 1);
}
Records classCounts(const ClassCounts& a) { return metricRecords(a, a.sparse, a.pooled ? Wide{4} : 4 * Wide{a.size}); }
Records bucketCounts(const BucketCounts& a) { return metricRecords(a, a.sparse, 2 * Wide{a.buckets} * (a.pooled ? 1 : Wide{a.size})); }
Records residualSums(const ResidualSums& a) { return metricRecords(a, 0, 1 + 3 * Wide{a.size}); }

}  // namespace

const std::vector<KernelSpec>& metricSpecs() {
  using namespace arguments;
  const Argument target{"target", Kind::rows}, prediction{"prediction", Kind::rows}, sparse{"sparse", Kind::flag};
  const Argument weight{"weight", Kind::optionalRows}, threshold{"threshold", Kind::number};
  const std::vector<Argument> metric{prediction, target, weight, groups, size, sum};
  static const std::vector<KernelSpec> specs = {
      {"binaryAccuracy", joined(metric, {threshold}), overWords<BinaryAccuracy, binary>},
      {"categoricalAccuracy", joined(metric, {sparse}), overWords<CategoricalAccuracy, accuracy<CategoricalAccuracy>>},
      {"topKAccuracy", joined(metric, {sparse, {"top", Kind::size}}), overWords<TopKAccuracy, accuracy<TopKAccuracy>>},
      {"classCounts", joined(metric, {sparse, {"pooled", Kind::flag}, {"top", Kind::count}, {"largest", Kind::flag}, threshold}), overWords<ClassCounts, classCounts>},
      {"bucketCounts", joined(metric, {sparse, {"pooled", Kind::flag}, {"buckets", Kind::size}}), overWords<BucketCounts, bucketCounts>},
      {"residualSums", metric, overWords<ResidualSums, residualSums>},
  };
  return specs;
}

}  // namespace lockstep
