#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const DenseForward& a) {
  return {{times({a.inner, a.inputs}), times({a.inputs, a.units}), Wide{a.units}, times({a.inner, a.units})}, ""};
}
Records inputGradient(const DenseInputGradient& a) {
  const Wide x = times({a.inner, a.inputs});
  return {{times({a.inner, a.units}), times({a.inputs, a.units}), x, x}, ""};
}
Records weightGradient(const DenseWeightGradient& a) {
  return {{times({a.inner, a.inputs}), times({a.inner, a.units}), times({a.inputs, a.units}), Wide{a.units}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& denseSpecs() {
  using namespace arguments;
  const Argument inputs{"inputs", Kind::size};
  static const std::vector<KernelSpec> specs = {
      {"denseForward", {x, w, b, y, inner, inputs, units, activation}, overWords<DenseForward, forward>},
      {"denseInputGradient", {dy, w, x, dx, inner, inputs, units, activation}, overWords<DenseInputGradient, inputGradient>},
      {"denseWeightGradient", {x, dy, w, b, inner, inputs, units}, overWords<DenseWeightGradient, weightGradient>, true},
  };
  return specs;
}

}  // namespace lockstep
