#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records checked(i64 function, i64 functions, Records records) {
  if (function >= functions)
    records.problem = "function is " + std::to_string(function) + ", expected one of " + std::to_string(functions);
  return records;
}

Records one(const Unary& a) { return checked(a.function, kUnaryFunctions, {{Wide{a.size}, Wide{a.size}}, ""}); }
Records two(const Binary& a) {
  return checked(a.function, kBinaryFunctions, {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""});
}
Records selected(const Select& a) { return {{Wide{a.size}, Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""}; }
Records repeated(const RepeatParameter& a) { return {{Wide{a.size}, Wide{a.size}}, ""}; }

}  // namespace

const std::vector<KernelSpec>& elementwiseSpecs() {
  using namespace arguments;
  const Argument a{"a", Kind::rows}, other{"b", Kind::optionalRows}, optionalA{"a", Kind::optionalRows};
  const Argument function{"function", Kind::count}, reversed{"reversed", Kind::flag}, condition{"condition", Kind::rows};
  const Argument number{"number", Kind::number}, aNumber{"aNumber", Kind::number}, bNumber{"bNumber", Kind::number};
  static const std::vector<KernelSpec> specs = {
      {"unary", {x, y, size, function}, overWords<Unary, one>, false, {true, "y"}},
      {"binary", {a, other, y, size, function, number, reversed}, overWords<Binary, two>, false, {true, "y"}},
      {"select", {condition, optionalA, other, y, size, aNumber, bNumber}, overWords<Select, selected>, false, {true, "y"}},
      {"repeatParameter", {w, y, size}, overWords<RepeatParameter, repeated>, false, {true, "y"}},
  };
  return specs;
}

}  // namespace lockstep
