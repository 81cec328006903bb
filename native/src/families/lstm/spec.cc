#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const LstmForward& a) {
  const Wide sequence = times({a.steps, a.units}), gates = times({4, a.steps, a.units});
  return {{gates, times({4, a.units, a.units}), sequence, sequence, sequence, Wide{a.units}, Wide{a.steps}}, ""};
}
Records backward(const LstmBackward& a) {
  const Wide sequence = times({a.steps, a.units}), gates = times({4, a.steps, a.units});
  return {{gates, sequence, times({4, a.units, a.units}), sequence, Wide{a.units}, gates, Wide{a.steps}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& lstmSpecs() {
  using namespace arguments;
  const Argument u{"u", Kind::parameter}, c{"c", Kind::rows}, mask{"mask", Kind::optionalRows};
  const std::vector<Argument> recurrence = {
      {"steps", Kind::size}, units, activation, {"recurrentActivation", Kind::activation}, {"reversed", Kind::flag}};
  const std::vector<Argument> states = {
      {"z", Kind::rows}, u, {"h", Kind::rows}, c, {"previous", Kind::rows}, {"last", Kind::rows}, mask};
  const std::vector<Argument> gradients = {
      {"gates", Kind::rows}, c, u, {"dh", Kind::optionalRows}, {"dLast", Kind::optionalRows}, {"dz", Kind::rows}, mask};
  static const std::vector<KernelSpec> specs = {
      {"lstmForward", joined(states, recurrence), overWords<LstmForward, forward>},
      {"lstmBackward", joined(gradients, recurrence), overWords<LstmBackward, backward>},
  };
  return specs;
}

}  // namespace lockstep
