#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const LayerNormForward& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record, Wide{2} * a.groups, Wide{a.size}, Wide{a.size}}, ""};
}
Records inputGradient(const LayerNormInputGradient& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record, record, Wide{2} * a.groups, Wide{a.size}}, ""};
}
Records weightGradient(const LayerNormWeightGradient& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record, Wide{2} * a.groups, Wide{a.size}, Wide{a.size}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& layerNormSpecs() {
  using namespace arguments;
  static const Argument statistics{"statistics", Kind::rows};
  static const Argument gamma{"gamma", Kind::optionalParameter}, beta{"beta", Kind::optionalParameter};
  static const std::vector<KernelSpec> specs = {
      {"layerNormForward",
       {x, y, statistics, gamma, beta, groups, size, {"epsilon", Kind::number}},
       overWords<LayerNormForward, forward>},
      {"layerNormInputGradient",
       {x, dy, dx, statistics, gamma, groups, size},
       overWords<LayerNormInputGradient, inputGradient>,
       false,
       {true, "dx"}},
      {"layerNormWeightGradient",
       {x, dy, statistics, gamma, beta, groups, size},
       overWords<LayerNormWeightGradient, weightGradient>,
       true},
  };
  return specs;
}

}  // namespace lockstep
