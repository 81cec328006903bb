#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const GruForward& a) {
  const Wide sequence = times({a.steps, a.units});
  const Wide state{a.units};
  return {{times({3, a.steps, a.units}), times({3, a.units, a.units}), times({3, a.units}), state, sequence, sequence,
           sequence, state, Wide{a.steps}, state},
          ""};
}
Records backward(const GruBackward& a) {
  const Wide sequence = times({a.steps, a.units}), gates = times({3, a.steps, a.units});
  if (a.resetAfter != 0 && a.dInner < 0) return {{}, "dInner is -1, expected a buffer where resetAfter is 1"};
  const Wide state{a.units};
  return {{gates, sequence, sequence, times({3, a.units, a.units}), sequence, state, gates, gates, state,
           Wide{a.steps}, state},
          ""};
}

}  // namespace

const std::vector<KernelSpec>& gruSpecs() {
  using namespace arguments;
  const Argument u{"u", Kind::parameter}, previous{"previous", Kind::rows}, inner{"inner", Kind::rows};
  const std::vector<Argument> recurrence = {{"mask", Kind::optionalRows},
                                            {"keep", Kind::optionalRows},
                                            {"resetAfter", Kind::flag},
                                            {"steps", Kind::size},
                                            units,
                                            activation,
                                            {"recurrentActivation", Kind::activation},
                                            {"reversed", Kind::flag}};
  const std::vector<Argument> states = {
      {"z", Kind::rows}, u, b, {"h0", Kind::optionalRows}, {"h", Kind::rows}, previous, inner, {"last", Kind::rows}};
  const std::vector<Argument> gradients = {{"gates", Kind::rows},
                                           previous,
                                           inner,
                                           u,
                                           {"dh", Kind::optionalRows},
                                           {"dLast", Kind::optionalRows},
                                           {"dz", Kind::rows},
                                           {"dInner", Kind::optionalRows},
                                           {"dh0", Kind::optionalRows}};
  static const std::vector<KernelSpec> specs = {
      {"gruForward", joined(states, recurrence), overWords<GruForward, forward>},
      {"gruBackward", joined(gradients, recurrence), overWords<GruBackward, backward>},
  };
  return specs;
}

}  // namespace lockstep
