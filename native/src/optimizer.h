// Over a slice of the flat vectors: sums of slabs, and the optimizers in one pass each.
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

LOCKSTEP_INLINE V rounded(double x) { return broadcast(static_cast<float>(x)); }

// m = β1·m + (1−β1)·g, v = β2·v + (1−β2)·g², p −= α·m / (√v + ε); amsgrad divides by the largest v so far.
template <bool Amsgrad>
LOCKSTEP_INLINE void adamSlice(const AdamStep& s) {
  const V beta1 = rounded(s.beta1), rest1 = rounded(1 - s.beta1), beta2 = rounded(s.beta2),
          rest2 = rounded(1 - s.beta2);
  const V epsilon = rounded(s.epsilon), stepSize = rounded(s.stepSize);
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V g = loadLanes(s.gradient + at, lanes);
    const V m = fma(beta1, loadLanes(s.m + at, lanes), rest1 * g);
    const V v = fma(beta2, loadLanes(s.v + at, lanes), rest2 * g * g);
    V divisor = v;
    if (Amsgrad) {
      divisor = max(loadLanes(s.vMax + at, lanes), v);
      storeLanes(s.vMax + at, divisor, lanes);
    }
    storeLanes(s.m + at, m, lanes);
    storeLanes(s.v + at, v, lanes);
    const V change = stepSize * m / (squareRoot(divisor) + epsilon);
    storeLanes(s.parameters + at, loadLanes(s.parameters + at, lanes) - change, lanes);
  });
}

inline void adamUpdate(const AdamStep& step) {
  if (step.vMax != nullptr)
    adamSlice<true>(step);
  else
    adamSlice<false>(step);
}

// u = momentum·u − rate·g, p += u, or p += momentum·u − rate·g where nesterov; without momentum p −= rate·g.
inline void sgdUpdate(const SgdStep& s) {
  const V rate = rounded(s.rate), momentum = rounded(s.momentum);
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V pull = rate * loadLanes(s.gradient + at, lanes), p = loadLanes(s.parameters + at, lanes);
    if (s.velocity == nullptr) return storeLanes(s.parameters + at, p - pull, lanes);
    const V velocity = momentum * loadLanes(s.velocity + at, lanes) - pull;
    storeLanes(s.velocity + at, velocity, lanes);
    storeLanes(s.parameters + at, p + (s.nesterov ? momentum * velocity - pull : velocity), lanes);
  });
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
