// What a kernel's calls look like, whatever the instruction set: a family's spec.cc says it for each of its kernels.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace lockstep {

using i64 = std::int64_t;
using u32 = std::uint32_t;

// Wide enough for a product of three sizes and a batch.
__extension__ typedef __int128 Wide;

// How an argument is read; see src/shared/kernels/table.ts.
enum class Kind { rows, optionalRows, parameter, optionalParameter, sum, size, count, number, activation, flag };

struct Argument {
  const char* name;
  Kind kind;
};

constexpr int kMaxArguments = 24;

// How many elements a record of each rows argument has, and each parameter: what a check needs to keep every access of
// a call inside its buffer. The same formulas as `records` in src/shared/kernels/table/.
struct Records {
  // By position of the argument; of a sum how many follow each other, zero for one; else zero where it is no place.
  std::array<Wide, kMaxArguments> sizes{};
  // Why the arguments do not fit each other; empty where they do.
  std::string problem;
};

// Whether a kernel may be run over a few rows at a time, before the next rows, together with its neighbours.
struct Chunking {
  bool isAllowed = false;
  // The rows argument it writes; nullptr for one that sums over rows.
  const char* output = nullptr;
  // Output positions of a row where the kernel lays out its filters for each chunk.
  i64 (*positions)(const i64* words) = nullptr;
};

struct KernelSpec {
  const char* name;
  // In the order of the struct in the family's arguments.h.
  std::vector<Argument> arguments;
  Records (*records)(const i64* words);
  // Whether it writes gradients of its parameters to slabs, which hold the trained parameters alone.
  bool writesGradients = false;
  Chunking chunking{};
};

// A function over the words of a call from one over its arguments.
template <class Arguments, auto function>
auto overWords(const i64* words) {
  Arguments a;
  std::memcpy(&a, words, sizeof a);
  return function(a);
}

constexpr Wide kMaxElements = Wide{1} << 50;

// A product that sticks at a size no arena has.
inline Wide times(std::initializer_list<i64> factors) {
  Wide product = 1;
  for (const i64 factor : factors) {
    product *= factor;
    if (product > kMaxElements) product = kMaxElements;
  }
  return product;
}

// Arguments by the names that many kernels share.
namespace arguments {
inline const Argument x{"x", Kind::rows}, y{"y", Kind::rows}, dx{"dx", Kind::rows}, dy{"dy", Kind::rows};
inline const Argument w{"w", Kind::parameter}, b{"b", Kind::optionalParameter};
inline const Argument inner{"inner", Kind::size}, size{"size", Kind::size}, groups{"groups", Kind::size};
inline const Argument units{"units", Kind::size}, activation{"activation", Kind::activation}, sum{"sum", Kind::sum};
}  // namespace arguments

// Joins lists of arguments.
inline std::vector<Argument> joined(std::vector<Argument> first, const std::vector<Argument>& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

}  // namespace lockstep
