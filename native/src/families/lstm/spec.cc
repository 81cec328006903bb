#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const LstmForward& a) {
  const Wide sequence = times({a.steps, a.units}), gates = times({4, a.steps, a.units});
  const Wide u = times({4, a.units, a.units}), state{a.units};
  return {{gates, u, state, state, sequence, sequence, sequence, state, Wide{a.steps}, state}, ""};
}
Records backward(const LstmBackward& a) {
  const Wide sequence = times({a.steps, a.units}), gates = times({4, a.steps, a.units});
  const Wide u = times({4, a.units, a.units}), state{a.units};
  return {{gates, state, sequence, u, sequence, state, state, gates, state, state, Wide{a.steps}, state}, ""};
}

}  // namespace

const std::vector<KernelSpec>& lstmSpecs() {
  using namespace arguments;
  const Argument u{"u", Kind::parameter}, c{"c", Kind::rows}, mask{"mask", Kind::optionalRows};
  const Argument c0{"c0", Kind::optionalRows}, keep{"keep", Kind::optionalRows};
  const std::vector<Argument> recurrence = {
      mask, keep, {"steps", Kind::size}, units, activation, {"recurrentActivation", Kind::activation}, {"reversed", Kind::flag}};
  const std::vector<Argument> states = {
      {"z", Kind::rows}, u, {"h0", Kind::optionalRows}, c0, {"h", Kind::rows}, c, {"previous", Kind::rows},
      {"last", Kind::rows}};
  const std::vector<Argument> gradients = {
      {"gates", Kind::rows},
      c0,
      c,
      u,
      {"dh", Kind::optionalRows},
      {"dLast", Kind::optionalRows},
      {"dcLast", Kind::optionalRows},
      {"dz", Kind::rows},
      {"dh0", Kind::optionalRows},
      {"dc0", Kind::optionalRows}};
  static const std::vector<KernelSpec> specs = {
      {"lstmForward", joined(states, recurrence), overWords<LstmForward, forward>},
      {"lstmBackward", joined(gradients, recurrence), overWords<LstmBackward, backward>},
  };
  return specs;
}

}  // namespace lockstep
