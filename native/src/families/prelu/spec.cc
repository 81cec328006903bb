#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Wide recordOf(const Slopes& row) { return times({row.outer, row.slopes, row.inner}); }

Records forward(const PreluForward& a) { return {{recordOf(a.row), recordOf(a.row), Wide{a.row.slopes}}, ""}; }
Records inputGradient(const PreluInputGradient& a) {
  const Wide record = recordOf(a.row);
  return {{record, record, record, Wide{a.row.slopes}}, ""};
}
Records weightGradient(const PreluWeightGradient& a) {
  return {{recordOf(a.row), recordOf(a.row), Wide{a.row.slopes}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& preluSpecs() {
  using namespace arguments;
  static const Argument alpha{"alpha", Kind::parameter};
  static const std::vector<Argument> row = {{"outer", Kind::size}, {"slopes", Kind::size}, {"inner", Kind::size}};
  static const std::vector<KernelSpec> specs = {
      {"preluForward", joined({x, y, alpha}, row), overWords<PreluForward, forward>, false, {true, "y"}},
      {"preluInputGradient",
       joined({x, dy, dx, alpha}, row),
       overWords<PreluInputGradient, inputGradient>,
       false,
       {true, "dx"}},
      {"preluWeightGradient", joined({x, dy, alpha}, row), overWords<PreluWeightGradient, weightGradient>, true},
  };
  return specs;
}

}  // namespace lockstep
