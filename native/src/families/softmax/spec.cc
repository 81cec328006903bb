#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const SoftmaxForward& a) { return {{times({a.groups, a.size}), times({a.groups, a.size})}, ""}; }
Records backward(const SoftmaxBackward& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record, record}, ""};
}

}  // namespace

const std::vector<KernelSpec>& softmaxSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"softmaxForward", {x, y, groups, size}, overWords<SoftmaxForward, forward>},
      {"softmaxBackward", {y, dy, dx, groups, size}, overWords<SoftmaxBackward, backward>},
  };
  return specs;
}

}  // namespace lockstep
