// The 16 lanes as two ymm registers.
#pragma once

#include <immintrin.h>

#define LOCKSTEP_ISA avx2

namespace lockstep {
namespace avx2 {

struct V {
  __m256 lo, hi;
};
struct I {
  __m256i lo, hi;
};
struct Mask {
  __m256 lo, hi;
};

// A GEMM tile: six rows of one 16-lane vector fill 12 of the 16 registers. Its 12 fma's a term leave no room to spare
// for counting and pointers where another thread shares the core: four terms a round.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 1;
constexpr int kTileUnroll = 4;

LOCKSTEP_INLINE __m256i firstLanes(i64 count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
}

LOCKSTEP_INLINE V load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
LOCKSTEP_INLINE void store(float* p, V a) { _mm256_storeu_ps(p, a.lo), _mm256_storeu_ps(p + 8, a.hi); }
LOCKSTEP_INLINE V loadPart(const float* p, i64 count) {
  return {_mm256_maskload_ps(p, firstLanes(count)), _mm256_maskload_ps(p + 8, firstLanes(count - 8))};
}
LOCKSTEP_INLINE void storePart(float* p, V a, i64 count) {
  _mm256_maskstore_ps(p, firstLanes(count), a.lo);
  _mm256_maskstore_ps(p + 8, firstLanes(count - 8), a.hi);
}
LOCKSTEP_INLINE V broadcast(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }

LOCKSTEP_INLINE V operator+(V a, V b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
LOCKSTEP_INLINE V operator-(V a, V b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
LOCKSTEP_INLINE V operator*(V a, V b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
LOCKSTEP_INLINE V operator/(V a, V b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
LOCKSTEP_INLINE V fma(V a, V b, V c) { return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)}; }
LOCKSTEP_INLINE V squareRoot(V a) { return {_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi)}; }
// a > b ? a : b, so that a NaN in b survives.
LOCKSTEP_INLINE V max(V a, V b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
LOCKSTEP_INLINE V min(V a, V b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }

LOCKSTEP_INLINE Mask less(V a, V b) {
  return {_mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ)};
}
LOCKSTEP_INLINE Mask equal(V a, V b) {
  return {_mm256_cmp_ps(a.lo, b.lo, _CMP_EQ_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_EQ_OQ)};
}
LOCKSTEP_INLINE Mask isNan(V a) {
  return {_mm256_cmp_ps(a.lo, a.lo, _CMP_UNORD_Q), _mm256_cmp_ps(a.hi, a.hi, _CMP_UNORD_Q)};
}
LOCKSTEP_INLINE Mask below(I a, I b) {
  return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(b.lo, a.lo)), _mm256_castsi256_ps(_mm256_cmpgt_epi32(b.hi, a.hi))};
}
LOCKSTEP_INLINE Mask equal(I a, I b) {
  return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.lo, b.lo)), _mm256_castsi256_ps(_mm256_cmpeq_epi32(a.hi, b.hi))};
}
LOCKSTEP_INLINE Mask operator|(Mask a, Mask b) { return {_mm256_or_ps(a.lo, b.lo), _mm256_or_ps(a.hi, b.hi)}; }
LOCKSTEP_INLINE V select(Mask m, V yes, V no) {
  return {_mm256_blendv_ps(no.lo, yes.lo, m.lo), _mm256_blendv_ps(no.hi, yes.hi, m.hi)};
}

LOCKSTEP_INLINE I broadcastI(u32 x) {
  return {_mm256_set1_epi32(static_cast<int>(x)), _mm256_set1_epi32(static_cast<int>(x))};
}
LOCKSTEP_INLINE I loadI(const u32* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 8))};
}
LOCKSTEP_INLINE I bitsOf(V a) { return {_mm256_castps_si256(a.lo), _mm256_castps_si256(a.hi)}; }
LOCKSTEP_INLINE V fromBits(I a) { return {_mm256_castsi256_ps(a.lo), _mm256_castsi256_ps(a.hi)}; }
LOCKSTEP_INLINE I select(Mask m, I yes, I no) { return bitsOf(select(m, fromBits(yes), fromBits(no))); }
LOCKSTEP_INLINE I operator+(I a, I b) { return {_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)}; }
LOCKSTEP_INLINE I operator-(I a, I b) { return {_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)}; }
LOCKSTEP_INLINE I operator&(I a, I b) { return {_mm256_and_si256(a.lo, b.lo), _mm256_and_si256(a.hi, b.hi)}; }
LOCKSTEP_INLINE I operator|(I a, I b) { return {_mm256_or_si256(a.lo, b.lo), _mm256_or_si256(a.hi, b.hi)}; }
LOCKSTEP_INLINE I operator^(I a, I b) { return {_mm256_xor_si256(a.lo, b.lo), _mm256_xor_si256(a.hi, b.hi)}; }
template <int N>
LOCKSTEP_INLINE I shiftLeft(I a) {
  return {_mm256_slli_epi32(a.lo, N), _mm256_slli_epi32(a.hi, N)};
}
template <int N>
LOCKSTEP_INLINE I shiftRight(I a) {
  return {_mm256_srli_epi32(a.lo, N), _mm256_srli_epi32(a.hi, N)};
}
template <int N>
LOCKSTEP_INLINE I shiftRightSigned(I a) {
  return {_mm256_srai_epi32(a.lo, N), _mm256_srai_epi32(a.hi, N)};
}
LOCKSTEP_INLINE V toFloat(I a) { return {_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)}; }
LOCKSTEP_INLINE I loadBytes(const unsigned char* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return {_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8))};
}

LOCKSTEP_INLINE void multiplyWideHalf(__m256i a, __m256i factor, __m256i& low, __m256i& high) {
  const __m256i even = _mm256_mul_epu32(a, factor);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), factor);
  low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
  high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
// Low and high words of the 64-bit products a * b.
LOCKSTEP_INLINE void multiplyWide(I a, u32 b, I& low, I& high) {
  const __m256i factor = _mm256_set1_epi32(static_cast<int>(b));
  multiplyWideHalf(a.lo, factor, low.lo, high.lo);
  multiplyWideHalf(a.hi, factor, low.hi, high.hi);
}

LOCKSTEP_INLINE void transposeQuartersHalf(__m256i& a, __m256i& b, __m256i& c, __m256i& d) {
  const __m256i ab0 = _mm256_unpacklo_epi32(a, b), ab1 = _mm256_unpackhi_epi32(a, b);
  const __m256i cd0 = _mm256_unpacklo_epi32(c, d), cd1 = _mm256_unpackhi_epi32(c, d);
  a = _mm256_unpacklo_epi64(ab0, cd0);
  b = _mm256_unpackhi_epi64(ab0, cd0);
  c = _mm256_unpacklo_epi64(ab1, cd1);
  d = _mm256_unpackhi_epi64(ab1, cd1);
}
// Transposes the 4 × 4 blocks that the four vectors form in each quarter of their lanes.
LOCKSTEP_INLINE void transposeQuarters(I& a, I& b, I& c, I& d) {
  transposeQuartersHalf(a.lo, b.lo, c.lo, d.lo);
  transposeQuartersHalf(a.hi, b.hi, c.hi, d.hi);
}

// Lane i with i + 8, then + 4, + 2, + 1.
template <class Combine>
LOCKSTEP_INLINE float foldLanes(V a, Combine combine) {
  a = combine(a, V{a.hi, a.lo});
  a.hi = _mm256_permute2f128_ps(a.lo, a.lo, 0x01);
  a = combine(a, V{a.hi, a.lo});
  a = combine(a, V{_mm256_permute_ps(a.lo, 0x4e), a.hi});
  a = combine(a, V{_mm256_permute_ps(a.lo, 0xb1), a.hi});
  return _mm256_cvtss_f32(a.lo);
}

LOCKSTEP_INLINE void transpose8(const float* in, i64 inRow, float* out, i64 outRow) {
  __m256 r[8], t[8];
  for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(in + i * inRow);
  for (int i = 0; i < 8; i += 4) {
    const __m256 ab0 = _mm256_unpacklo_ps(r[i], r[i + 1]), ab1 = _mm256_unpackhi_ps(r[i], r[i + 1]);
    const __m256 cd0 = _mm256_unpacklo_ps(r[i + 2], r[i + 3]), cd1 = _mm256_unpackhi_ps(r[i + 2], r[i + 3]);
    t[i] = _mm256_shuffle_ps(ab0, cd0, 0x44);
    t[i + 1] = _mm256_shuffle_ps(ab0, cd0, 0xee);
    t[i + 2] = _mm256_shuffle_ps(ab1, cd1, 0x44);
    t[i + 3] = _mm256_shuffle_ps(ab1, cd1, 0xee);
  }
  for (int j = 0; j < 4; j++) {
    _mm256_storeu_ps(out + j * outRow, _mm256_permute2f128_ps(t[j], t[4 + j], 0x20));
    _mm256_storeu_ps(out + (4 + j) * outRow, _mm256_permute2f128_ps(t[j], t[4 + j], 0x31));
  }
}
// out (16, 16) = inᵀ.
LOCKSTEP_INLINE void transpose16(const float* in, i64 inRow, float* out, i64 outRow) {
  for (int i = 0; i < 16; i += 8)
    for (int j = 0; j < 16; j += 8) transpose8(in + i * inRow + j, inRow, out + j * outRow + i, outRow);
}

}  // namespace avx2
}  // namespace lockstep
