#include "../../spec.h"
#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const BiasForward& a) {
  const Wide x = times({a.inner, a.channels});
  return {{x, Wide{a.channels}, x}, ""};
}
Records gradient(const BiasGradient& a) { return {{times({a.inner, a.channels}), Wide{a.channels}}, ""}; }

}  // namespace

const std::vector<KernelSpec>& biasSpecs() {
  using namespace arguments;
  const Argument bias{"b", Kind::parameter}, channels{"channels", Kind::size};
  static const std::vector<KernelSpec> specs = {
      {"biasForward", {x, bias, y, inner, channels, activation}, overWords<BiasForward, forward>, false, {true, "y"}},
      {"biasGradient", {dy, bias, inner, channels}, overWords<BiasGradient, gradient>, true, {true, nullptr}},
  };
  return specs;
}

}  // namespace lockstep
