#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const ActivationForward& a) { return {{Wide{a.size}, Wide{a.size}}, ""}; }
Records backward(const ActivationBackward& a) { return {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""}; }

}  // namespace

const std::vector<KernelSpec>& activationSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"activationForward", {x, y, size, activation}, overWords<ActivationForward, forward>, false, {true, "y"}},
      {"activationBackward", {y, dy, dx, size, activation}, overWords<ActivationBackward, backward>, false, {true, "dx"}},
  };
  return specs;
}

}  // namespace lockstep
