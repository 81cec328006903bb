// The 16 lanes in float64, for statistics whose rounding in float32 would show. Products and sums are rounded one by
// one: a float64 fma would be a call of a library function where the processor has none.
#pragma once

#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

#if defined(LOCKSTEP_BUILD_AVX512)

struct D {
  __m512d lo, hi;
};
LOCKSTEP_INLINE D load(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
LOCKSTEP_INLINE void store(double* p, D a) { _mm512_storeu_pd(p, a.lo), _mm512_storeu_pd(p + 8, a.hi); }
LOCKSTEP_INLINE D operator+(D a, D b) { return {_mm512_add_pd(a.lo, b.lo), _mm512_add_pd(a.hi, b.hi)}; }
LOCKSTEP_INLINE D operator-(D a, D b) { return {_mm512_sub_pd(a.lo, b.lo), _mm512_sub_pd(a.hi, b.hi)}; }
LOCKSTEP_INLINE D operator*(D a, D b) { return {_mm512_mul_pd(a.lo, b.lo), _mm512_mul_pd(a.hi, b.hi)}; }
LOCKSTEP_INLINE D widen(V a) {
  return {_mm512_cvtps_pd(_mm512_castps512_ps256(a.v)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a.v, 1))};
}
LOCKSTEP_INLINE V narrow(D a) {
  return {_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(a.lo)), _mm512_cvtpd_ps(a.hi), 1)};
}

#else

// Four quarters of four lanes.
#if defined(LOCKSTEP_BUILD_AVX2)
typedef __m256d D4;
LOCKSTEP_INLINE D4 widenQuarter(__m128 a) { return _mm256_cvtps_pd(a); }
#endif

struct D {
  D4 q[4];
};
LOCKSTEP_INLINE D load(const double* p) {
  D a;
  std::memcpy(&a, p, sizeof a);
  return a;
}
LOCKSTEP_INLINE void store(double* p, D a) { std::memcpy(p, &a, sizeof a); }
LOCKSTEP_INLINE D operator+(D a, D b) { return {{a.q[0] + b.q[0], a.q[1] + b.q[1], a.q[2] + b.q[2], a.q[3] + b.q[3]}}; }
LOCKSTEP_INLINE D operator-(D a, D b) { return {{a.q[0] - b.q[0], a.q[1] - b.q[1], a.q[2] - b.q[2], a.q[3] - b.q[3]}}; }
LOCKSTEP_INLINE D operator*(D a, D b) { return {{a.q[0] * b.q[0], a.q[1] * b.q[1], a.q[2] * b.q[2], a.q[3] * b.q[3]}}; }

#if defined(LOCKSTEP_BUILD_AVX2)
LOCKSTEP_INLINE D widen(V a) {
  return {{widenQuarter(_mm256_castps256_ps128(a.lo)), widenQuarter(_mm256_extractf128_ps(a.lo, 1)),
           widenQuarter(_mm256_castps256_ps128(a.hi)), widenQuarter(_mm256_extractf128_ps(a.hi, 1))}};
}
LOCKSTEP_INLINE V narrow(D a) {
  return {_mm256_set_m128(_mm256_cvtpd_ps(a.q[1]), _mm256_cvtpd_ps(a.q[0])),
          _mm256_set_m128(_mm256_cvtpd_ps(a.q[3]), _mm256_cvtpd_ps(a.q[2]))};
}
#else
LOCKSTEP_INLINE D widen(V a) {
  D r;
  for (int i = 0; i < 4; i++) r.q[i] = __builtin_convertvector(a.q[i], D4);
  return r;
}
LOCKSTEP_INLINE V narrow(D a) {
  V r;
  for (int i = 0; i < 4; i++) r.q[i] = __builtin_convertvector(a.q[i], F4);
  return r;
}
#endif

#endif

LOCKSTEP_INLINE double sumOfLanes(D a) {
  double lanes[kLanes], sum = 0;
  store(lanes, a);
  for (i64 lane = 0; lane < kLanes; lane++) sum += lanes[lane];
  return sum;
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
