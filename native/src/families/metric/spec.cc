#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records binary(const BinaryAccuracy& a) { return {{Wide{a.size}, Wide{a.size}}, ""}; }
Records categorical(const CategoricalAccuracy& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, a.sparse ? Wide{a.groups} : record}, ""};
}

}  // namespace

const std::vector<KernelSpec>& metricSpecs() {
  using namespace arguments;
  const Argument target{"target", Kind::rows}, prediction{"prediction", Kind::rows};
  static const std::vector<KernelSpec> specs = {
      {"binaryAccuracy", {prediction, target, size, {"threshold", Kind::number}, sum}, overWords<BinaryAccuracy, binary>},
      {"categoricalAccuracy", {prediction, target, groups, size, {"sparse", Kind::flag}, sum}, overWords<CategoricalAccuracy, categorical>},
  };
  return specs;
}

}  // namespace lockstep
