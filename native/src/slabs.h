// Sums of slabs, and bytes to floats.
#pragma once

#include "context.h"
#include "math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// a += b; whether all of the sums are finite.
inline bool addSlab(float* a, const float* b, i64 count) {
  V probe = zero();
  forLanes(count, [&](i64 at, i64 lanes) {
    const V sum = loadLanes(a + at, lanes) + loadLanes(b + at, lanes);
    storeLanes(a + at, sum, lanes);
    probe = probe + nothingOf(sum);
  });
  return isNothing(probe);
}

// Bytes to floats, each times scale.
inline void scaleBytes(const unsigned char* from, float* to, i64 count, float scale) {
  forLanes(count, [&](i64 at, i64 lanes) {
    unsigned char bytes[kLanes] = {};
    std::memcpy(bytes, from + at, static_cast<std::size_t>(lanes));
    storeLanes(to + at, toFloat(loadBytes(bytes)) * broadcast(scale), lanes);
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
