#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const SimpleRnnForward& a) {
  const Wide sequence = times({a.steps, a.units});
  const Wide state{a.units};
  return {{sequence, times({a.units, a.units}), state, sequence, sequence, state, Wide{a.steps}, state}, ""};
}
Records backward(const SimpleRnnBackward& a) {
  const Wide sequence = times({a.steps, a.units});
  const Wide state{a.units};
  return {{sequence, times({a.units, a.units}), sequence, state, sequence, state, Wide{a.steps}, state}, ""};
}

}  // namespace

const std::vector<KernelSpec>& simplernnSpecs() {
  using namespace arguments;
  const Argument u{"u", Kind::parameter}, h{"h", Kind::rows}, mask{"mask", Kind::optionalRows};
  const std::vector<Argument> recurrence = {mask,  {"keep", Kind::optionalRows}, {"steps", Kind::size},
                                            units, activation,                    {"reversed", Kind::flag}};
  const std::vector<Argument> states = {
      {"z", Kind::rows}, u, {"h0", Kind::optionalRows}, h, {"previous", Kind::rows}, {"last", Kind::rows}};
  const std::vector<Argument> gradients = {
      h, u, {"dh", Kind::optionalRows}, {"dLast", Kind::optionalRows}, {"dz", Kind::rows}, {"dh0", Kind::optionalRows}};
  static const std::vector<KernelSpec> specs = {
      {"simpleRnnForward", joined(states, recurrence), overWords<SimpleRnnForward, forward>},
      {"simpleRnnBackward", joined(gradients, recurrence), overWords<SimpleRnnBackward, backward>},
  };
  return specs;
}

}  // namespace lockstep
