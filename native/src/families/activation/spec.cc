#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const ActivationForward& a) { return {{Wide{a.size}, Wide{a.size}}, ""}; }
Records backward(const ActivationBackward& a) { return {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""}; }
Records dropped(const Dropout& a) {
  if (!(a.rate >= 0 && a.rate < 1))
    return {{}, "rate is " + std::to_string(a.rate) + ", expected at least 0 and below 1"};
  return {{Wide{a.size}, Wide{a.size}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& activationSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"activationForward", {x, y, size, activation}, overWords<ActivationForward, forward>, false, {true, "y"}},
      {"activationBackward", {y, dy, dx, size, activation}, overWords<ActivationBackward, backward>, false, {true, "dx"}},
      {"dropout", {x, y, size, {"rate", Kind::number}, {"layer", Kind::count}}, overWords<Dropout, dropped>, false, {true, "y"}},
  };
  return specs;
}

}  // namespace lockstep
