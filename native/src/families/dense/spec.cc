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
Records columnsGradient(const DenseColumnsGradient& a) {
  if (a.first + a.columns > a.units)
    return {{}, "columns " + std::to_string(a.first) + " to " + std::to_string(a.first + a.columns) + " pass the " +
                    std::to_string(a.units) + " units"};
  return {{times({a.inner, a.inputs}), times({a.inner, a.units}), times({a.inputs, a.units})}, ""};
}

}  // namespace

const std::vector<KernelSpec>& denseSpecs() {
  using namespace arguments;
  const Argument inputs{"inputs", Kind::size};
  static const std::vector<KernelSpec> specs = {
      {"denseForward", {x, w, b, y, inner, inputs, units, activation}, overWords<DenseForward, forward>},
      {"denseInputGradient", {dy, w, x, dx, inner, inputs, units, activation}, overWords<DenseInputGradient, inputGradient>},
      {"denseWeightGradient", {x, dy, w, b, inner, inputs, units}, overWords<DenseWeightGradient, weightGradient>, true},
      {"denseColumnsGradient",
       {x, dy, w, inner, inputs, units, {"first", Kind::count}, {"columns", Kind::size}},
       overWords<DenseColumnsGradient, columnsGradient>,
       true},
  };
  return specs;
}

}  // namespace lockstep
