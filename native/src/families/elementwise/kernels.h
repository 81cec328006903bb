// Functions of numbers, element by element.
#pragma once

#include "arguments.h"
#include "functions.h"
#include "../../context.h"
#include "../../patches.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// A buffer from the first row of the pass on, or one number for all of its elements.
struct Operand {
  const float* values;
  V number;

  LOCKSTEP_INLINE V at(i64 at, i64 lanes) const { return values == nullptr ? number : loadLanes(values + at, lanes); }
};
LOCKSTEP_INLINE Operand operandOf(const Context& context, i64 buffer, i64 first, double number) {
  return {buffer < 0 ? nullptr : context.arena + buffer + first, broadcast(static_cast<float>(number))};
}

// y = f(x), size elements a row.
inline void unary(const Context& context, const Unary& a) {
  const i64 first = context.pass.firstRow * a.size;
  const float* x = context.arena + a.x + first;
  float* y = context.arena + a.y + first;
  withUnary(a.function, [&](auto f) {
    forLanes(context.pass.rows * a.size, [&](i64 at, i64 lanes) { storeLanes(y + at, f(loadLanes(x + at, lanes)), lanes); });
  });
}

// y = f(a, b), size elements a row; f(number, a) where reversed.
inline void binary(const Context& context, const Binary& c) {
  const i64 first = context.pass.firstRow * c.size;
  const float* a = context.arena + c.a + first;
  const Operand b = operandOf(context, c.b, first, c.number);
  float* y = context.arena + c.y + first;
  withBinary(c.function, [&](auto f) {
    const i64 size = context.pass.rows * c.size;
    if (c.reversed)
      forLanes(size, [&](i64 at, i64 lanes) { storeLanes(y + at, f(b.at(at, lanes), loadLanes(a + at, lanes)), lanes); });
    else
      forLanes(size, [&](i64 at, i64 lanes) { storeLanes(y + at, f(loadLanes(a + at, lanes), b.at(at, lanes)), lanes); });
  });
}

// y = a where the condition is not 0, else b.
inline void selectElements(const Context& context, const Select& c) {
  const i64 first = context.pass.firstRow * c.size;
  const float* condition = context.arena + c.condition + first;
  const Operand a = operandOf(context, c.a, first, c.aNumber), b = operandOf(context, c.b, first, c.bNumber);
  float* y = context.arena + c.y + first;
  forLanes(context.pass.rows * c.size, [&](i64 at, i64 lanes) {
    const Mask isFalse = equal(loadLanes(condition + at, lanes), zero());
    storeLanes(y + at, select(isFalse, b.at(at, lanes), a.at(at, lanes)), lanes);
  });
}

// y (size) = w in every row.
inline void repeatParameter(const Context& context, const RepeatParameter& a) {
  const float* w = context.parameters + a.w;
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++)
    copyFloats(w, context.arena + a.y + row * a.size, a.size);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
