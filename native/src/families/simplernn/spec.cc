#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const SimpleRnnForward& a) {
  const Wide sequence = times({a.steps, a.units});
  return {{sequence, times({a.units, a.units}), sequence, sequence, Wide{a.units}, Wide{a.steps}}, ""};
}
Records backward(const SimpleRnnBackward& a) {
  const Wide sequence = times({a.steps, a.units});
  return {{sequence, times({a.units, a.units}), sequence, Wide{a.units}, sequence, Wide{a.steps}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& simplernnSpecs() {
  using namespace arguments;
  const Argument u{"u", Kind::parameter}, h{"h", Kind::rows}, mask{"mask", Kind::optionalRows};
  const std::vector<Argument> recurrence = {mask, {"steps", Kind::size}, units, activation, {"reversed", Kind::flag}};
  const std::vector<Argument> states = {{"z", Kind::rows}, u, h, {"previous", Kind::rows}, {"last", Kind::rows}};
  const std::vector<Argument> gradients = {
      h, u, {"dh", Kind::optionalRows}, {"dLast", Kind::optionalRows}, {"dz", Kind::rows}};
  static const std::vector<KernelSpec> specs = {
      {"simpleRnnForward", joined(states, recurrence), overWords<SimpleRnnForward, forward>},
      {"simpleRnnBackward", joined(gradients, recurrence), overWords<SimpleRnnBackward, backward>},
  };
  return specs;
}

}  // namespace lockstep
