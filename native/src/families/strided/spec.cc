#include "../../spec.h"
#include "arguments.h"

namespace lockstep {
namespace {

Wide count(const StridedView& v) {
  return times({v.lengths[0], v.lengths[1], v.lengths[2], v.lengths[3], v.lengths[4]});
}

// Elements a record must have: its size, or more where the view would pass its end.
Wide reach(const StridedView& v) {
  Wide end = static_cast<Wide>(v.offset) + 1;
  for (int axis = 0; axis < 5; axis++) end += static_cast<Wide>(v.lengths[axis] - 1) * v.strides[axis];
  return end > v.size ? end : Wide{v.size};
}

Records copy(const StridedCopy& a) { return {{reach(a.view), count(a.view)}, ""}; }
Records total(const StridedSum& a) { return {{count(a.view), reach(a.view)}, ""}; }

const std::vector<Argument> viewArguments = {
    {"size", Kind::size},     {"offset", Kind::count},  {"length0", Kind::size},  {"length1", Kind::size},
    {"length2", Kind::size},  {"length3", Kind::size},  {"length4", Kind::size},  {"stride0", Kind::count},
    {"stride1", Kind::count}, {"stride2", Kind::count}, {"stride3", Kind::count}, {"stride4", Kind::count}};

}  // namespace

const std::vector<KernelSpec>& stridedSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"stridedCopy", joined({x, y}, viewArguments), overWords<StridedCopy, copy>, false, {true, "y"}},
      {"stridedSum", joined({y, x}, viewArguments), overWords<StridedSum, total>, false, {true, "x"}},
  };
  return specs;
}

}  // namespace lockstep
