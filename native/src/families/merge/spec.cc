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
// Whether the last of `groups` matrices of (rows, columns) passes the end of records of `size` elements.
bool passes(i64 size, i64 groups, i64 group, i64 rows, i64 row, i64 columns, i64 column) {
  return Wide{groups - 1} * group + Wide{rows - 1} * row + Wide{columns - 1} * column >= size;
}
Records product(const MatrixProduct& p) {
  Records records{{Wide{p.aSize}, Wide{p.bSize}, Wide{p.ySize}}, ""};
  if (passes(p.aSize, p.groups, p.aGroup, p.rows, p.aRow, p.inner, p.aTerm) ||
      passes(p.bSize, p.groups, p.bGroup, p.inner, p.bTerm, p.columns, p.bColumn) ||
      passes(p.ySize, p.groups, p.yGroup, p.rows, p.yRow, p.columns, 1))
    records.problem = "a matrix passes the end of its records";
  else if (p.aRow != 1 && p.aTerm != 1)
    records.problem = "neither the rows nor the terms of a are next to each other";
  else if (p.bTerm != 1 && p.bColumn != 1)
    records.problem = "neither the terms nor the columns of b are next to each other";
  return records;
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
       {left, right, y, groups, length("rows"), inner, length("columns"),
        length("aSize"), start("aGroup"), start("aRow"), start("aTerm"),
        length("bSize"), start("bGroup"), start("bTerm"), start("bColumn"),
        length("ySize"), start("yGroup"), start("yRow"), number("scale")},
       overWords<MatrixProduct, product>, false, {true, "y"}},
      {"normalizeForward", {x, y, groups, size}, overWords<NormalizeForward, normalized>},
      {"normalizeBackward", {x, dy, dx, groups, size}, overWords<NormalizeBackward, normalizedBack>},
  };
  return specs;
}

}  // namespace lockstep
