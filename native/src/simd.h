// Sixteen virtual float lanes, whatever the hardware width: one zmm, two ymm, or four 128-bit vectors.
//
// Every kernel is written once over this vocabulary and compiled once per instruction set. Each operation is one
// correctly rounded IEEE operation in every build, so all builds give the same bits.
#pragma once

#include <cstdint>
#include <cstring>

#define LOCKSTEP_INLINE inline __attribute__((always_inline))

namespace lockstep {
using i64 = std::int64_t;
using u32 = std::uint32_t;
}  // namespace lockstep

#if defined(LOCKSTEP_BUILD_AVX512)
#include "simd_avx512.h"
#elif defined(LOCKSTEP_BUILD_AVX2)
#include "simd_avx2.h"
#else
#include "simd_portable.h"
#endif

namespace lockstep {
namespace LOCKSTEP_ISA {

constexpr i64 kLanes = 16;

LOCKSTEP_INLINE i64 smaller(i64 a, i64 b) { return a < b ? a : b; }
LOCKSTEP_INLINE i64 larger(i64 a, i64 b) { return a > b ? a : b; }
LOCKSTEP_INLINE i64 ceilDiv(i64 a, i64 b) { return (a + b - 1) / b; }
LOCKSTEP_INLINE i64 roundUp(i64 a, i64 to) { return ceilDiv(a, to) * to; }

LOCKSTEP_INLINE V zero() { return broadcast(0.0f); }

#if !defined(LOCKSTEP_BUILD_AVX512)
// a · 2ⁿ for a whole n between −252 and 254, rounded once: in two factors, so that neither leaves the range of exponents.
LOCKSTEP_INLINE V timesPowerOfTwo(V a, V n) {
  const I whole = bitsOf(n + broadcast(12582912.0f)) - broadcastI(0x4b400000u);
  const I half = shiftRightSigned<1>(whole);
  const I bias = broadcastI(127);
  return a * fromBits(shiftLeft<23>(half + bias)) * fromBits(shiftLeft<23>(whole - half + bias));
}
#endif

// The first `count` lanes, all of them in one plain instruction where count is 16.
LOCKSTEP_INLINE V loadLanes(const float* p, i64 count) { return count >= kLanes ? load(p) : loadPart(p, count); }
LOCKSTEP_INLINE void storeLanes(float* p, V v, i64 count) {
  if (count >= kLanes)
    store(p, v);
  else
    storePart(p, v, count);
}

// Asks for the line of p, which may lie beyond its buffer, to be brought into the second-level cache.
LOCKSTEP_INLINE void prefetch(const float* p) { __builtin_prefetch(p, 0, 2); }
// The same into the first-level cache, to be written.
LOCKSTEP_INLINE void prefetchToWrite(const float* p) { __builtin_prefetch(p, 1); }

// Calls body(offset, lanes) for each group of 16 elements of [0, size); the last group may be shorter.
template <class Body>
LOCKSTEP_INLINE void forLanes(i64 size, Body body) {
  i64 at = 0;
  for (; at + kLanes <= size; at += kLanes) body(at, kLanes);
  if (at < size) body(at, size - at);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
