#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

template <class Forward>
Records forward(const Forward& a) {
  return {{times({a.groups, a.size}), times({a.groups, a.size})}, ""};
}
template <class Backward>
Records backward(const Backward& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record, record}, ""};
}
Records masked(const MaskedSoftmaxForward& a) {
  const Wide record = times({a.heads, a.queries, a.keys});
  return {{record, record, Wide{a.keys}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& softmaxSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"softmaxForward", {x, y, groups, size}, overWords<SoftmaxForward, forward<SoftmaxForward>>},
      {"softmaxBackward", {y, dy, dx, groups, size}, overWords<SoftmaxBackward, backward<SoftmaxBackward>>},
      {"maskedSoftmaxForward",
       {x,
        y,
        {"mask", Kind::optionalRows},
        {"heads", Kind::size},
        {"queries", Kind::size},
        {"keys", Kind::size},
        {"causal", Kind::flag}},
       overWords<MaskedSoftmaxForward, masked>},
      {"logSoftmaxForward", {x, y, groups, size}, overWords<LogSoftmaxForward, forward<LogSoftmaxForward>>},
      {"logSoftmaxBackward", {y, dy, dx, groups, size}, overWords<LogSoftmaxBackward, backward<LogSoftmaxBackward>>},
      {"sparsemaxForward", {x, y, groups, size}, overWords<SparsemaxForward, forward<SparsemaxForward>>},
      {"sparsemaxBackward", {y, dy, dx, groups, size}, overWords<SparsemaxBackward, backward<SparsemaxBackward>>},
  };
  return specs;
}

}  // namespace lockstep
