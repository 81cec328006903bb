// The arguments of the family's kernels in the order of its specs: 8-byte words that a call's words are copied to.
#pragma once

#include <cstdint>

namespace lockstep {

struct Unary {
  std::int64_t x, y, size, function;
};
struct Binary {
  std::int64_t a, b, y, size, function;
  double number;
  std::int64_t reversed;
};
struct Select {
  std::int64_t condition, a, b, y, size;
  double aNumber, bNumber;
};
struct RepeatParameter {
  std::int64_t w, y, size;
};

constexpr std::int64_t kUnaryFunctions = 29, kBinaryFunctions = 13;

}  // namespace lockstep
