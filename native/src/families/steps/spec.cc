#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records reversed(const ReverseSteps& a) { return {{times({a.steps, a.size}), times({a.steps, a.size})}, ""}; }
Records indexed(const IndexMask& a) { return {{Wide{a.size}, Wide{a.size}}, ""}; }
Records stepped(const StepMask& a) { return {{times({a.steps, a.size}), Wide{a.steps}}, ""}; }
Records masked(const MaskSteps& a) {
  return {{times({a.steps, a.size}), Wide{a.steps}, times({a.steps, a.size})}, ""};
}
Records unweighted(const DropUnweighted& a) { return {{Wide{a.size}, Wide{a.groups}}, ""}; }
Records meanForward(const MaskedMeanForward& a) { return {{times({a.steps, a.size}), Wide{a.steps}, Wide{a.size}}, ""}; }
Records meanBackward(const MaskedMeanBackward& a) {
  return {{Wide{a.steps}, Wide{a.size}, times({a.steps, a.size})}, ""};
}

}  // namespace

const std::vector<KernelSpec>& stepsSpecs() {
  using namespace arguments;
  const Argument steps{"steps", Kind::size}, mask{"mask", Kind::rows};
  static const std::vector<KernelSpec> specs = {
      {"reverseSteps", {x, y, steps, size}, overWords<ReverseSteps, reversed>},
      {"indexMask", {x, mask, size}, overWords<IndexMask, indexed>},
      {"stepMask", {x, mask, steps, size, {"value", Kind::number}}, overWords<StepMask, stepped>},
      {"maskSteps", {x, mask, y, steps, size}, overWords<MaskSteps, masked>},
      {"dropUnweighted", {x, {"weight", Kind::rows}, groups, size}, overWords<DropUnweighted, unweighted>},
      {"maskedMeanForward", {x, mask, y, steps, size}, overWords<MaskedMeanForward, meanForward>},
      {"maskedMeanBackward", {mask, dy, dx, steps, size}, overWords<MaskedMeanBackward, meanBackward>},
  };
  return specs;
}

}  // namespace lockstep
