#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records reduced(const ReduceAxis& a) {
  Records records = {{times({a.outer, a.length, a.inner}), times({a.outer, a.inner})}, ""};
  if (a.reduction >= kReductions)
    records.problem = "reduction is " + std::to_string(a.reduction) + ", expected one of " + std::to_string(kReductions);
  return records;
}

}  // namespace

const std::vector<KernelSpec>& reductionSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"reduceAxis",
       {x, y, {"outer", Kind::size}, {"length", Kind::size}, inner, {"reduction", Kind::count}},
       overWords<ReduceAxis, reduced>,
       false,
       {true, "y"}},
  };
  return specs;
}

}  // namespace lockstep
