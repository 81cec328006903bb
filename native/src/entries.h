// How a family's kernels are entered: by the words of a call. Included by the entries of each family alone.
#pragma once

#include <cstring>

#include "context.h"
#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

template <class Arguments>
LOCKSTEP_INLINE Arguments argumentsOf(const i64* words) {
  Arguments a;
  std::memcpy(&a, words, sizeof a);
  return a;
}

template <class Arguments, void (*kernel)(const Context&, const Arguments&)>
void run(const Context& context, const i64* words) {
  kernel(context, argumentsOf<Arguments>(words));
}

template <class Arguments, i64 (*floats)(const Arguments&, Capacity)>
i64 memory(const i64* words, Capacity capacity) {
  return floats(argumentsOf<Arguments>(words), capacity);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
