// Sums of slabs, and bytes to floats.
#pragma once

#include "context.h"
#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// a += b.
inline void addSlab(float* a, const float* b, i64 count) {
  forLanes(count,
           [&](i64 at, i64 lanes) { storeLanes(a + at, loadLanes(a + at, lanes) + loadLanes(b + at, lanes), lanes); });
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
