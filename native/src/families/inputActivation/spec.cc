#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records checked(const ActivationShape& shape, Records records) {
  if (shape.activation >= kInputActivations)
    records.problem = "activation is " + std::to_string(shape.activation) + ", expected one of " +
                      std::to_string(kInputActivations);
  return records;
}
Records forward(const InputActivationForward& a) { return checked(a.shape, {{Wide{a.size}, Wide{a.size}}, ""}); }
Records backward(const InputActivationBackward& a) {
  return checked(a.shape, {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""});
}

}  // namespace

const std::vector<KernelSpec>& inputActivationSpecs() {
  using namespace arguments;
  static const std::vector<Argument> shape = {{"activation", Kind::count},
                                              {"alpha", Kind::number},
                                              {"threshold", Kind::number},
                                              {"limit", Kind::number}};
  static const std::vector<KernelSpec> specs = {
      {"inputActivationForward",
       joined({x, y, size}, shape),
       overWords<InputActivationForward, forward>,
       false,
       {true, "y"}},
      {"inputActivationBackward",
       joined({x, dy, dx, size}, shape),
       overWords<InputActivationBackward, backward>,
       false,
       {true, "dx"}},
  };
  return specs;
}

}  // namespace lockstep
