#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records combined(const Combine& a) { return {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""}; }
Records multiplied(const Multiply& a) { return {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""}; }
Records chosen(const Maximum& a) { return {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""}; }
Records parted(const MaximumBackward& a) {
  return {{Wide{a.size}, Wide{a.size}, Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""};
}
Records copied(const CopyBlocks& a) {
  if (a.xStart > a.xStride - a.size || a.yStart > a.yStride - a.size)
    return {{}, "a block of " + std::to_string(a.size) + " elements passes the end of its stride"};
  return {{times({a.blocks, a.xStride}), times({a.blocks, a.yStride})}, ""};
}
Records product(const MatrixProduct& a) {
  return {{times({a.groups, a.rows, a.inner}), times({a.groups, a.inner, a.columns}), times({a.groups, a.rows, a.columns})},
          ""};
}
Records normalized(const NormalizeForward& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record}, ""};
}
Records normalizedBack(const NormalizeBackward& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, record, record}, ""};
}

}  // namespace

const std::vector<KernelSpec>& mergeSpecs() {
  using namespace arguments;
  const Argument left{"a", Kind::rows}, right{"b", Kind::rows}, smallest{"smallest", Kind::flag};
  const auto number = [](const char* name) { return Argument{name, Kind::number}; };
  const auto length = [](const char* name) { return Argument{name, Kind::size}; };
  const auto start = [](const char* name) { return Argument{name, Kind::count}; };
  static const std::vector<KernelSpec> specs = {
      {"combine", {left, {"b", Kind::optionalRows}, y, size, number("alpha"), number("beta")}, overWords<Combine, combined>,
       false, {true, "y"}},
      {"multiply", {left, right, y, size}, overWords<Multiply, multiplied>, false, {true, "y"}},
      {"maximum", {left, right, y, size, smallest}, overWords<Maximum, chosen>, false, {true, "y"}},
      {"maximumBackward", {left, right, dy, {"da", Kind::rows}, {"db", Kind::rows}, size, smallest},
       overWords<MaximumBackward, parted>},
      {"copyBlocks",
       {x, y, length("blocks"), size, length("xStride"), start("xStart"), length("yStride"), start("yStart")},
       overWords<CopyBlocks, copied>},
      {"matrixProduct",
       {left, right, y, groups, length("rows"), inner, length("columns"), {"transposeA", Kind::flag},
        {"transposeB", Kind::flag}},
       overWords<MatrixProduct, product>},
      {"normalizeForward", {x, y, groups, size}, overWords<NormalizeForward, normalized>},
      {"normalizeBackward", {x, dy, dx, groups, size}, overWords<NormalizeBackward, normalizedBack>},
  };
  return specs;
}

}  // namespace lockstep
