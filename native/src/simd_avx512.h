// The 16 lanes as one zmm register.
#pragma once

#include <immintrin.h>

#define LOCKSTEP_ISA avx512

namespace lockstep {
namespace avx512 {

struct V {
  __m512 v;
};
struct I {
  __m512i v;
};
struct Mask {
  __mmask16 m;
};

// A GEMM tile: 14 rows of two vectors fill 28 of the 32 registers.
constexpr int kTileRows = 14;
constexpr int kTileVectors = 2;
constexpr int kTileUnroll = 1;

LOCKSTEP_INLINE __mmask16 firstLanes(i64 count) { return static_cast<__mmask16>((1u << count) - 1u); }

LOCKSTEP_INLINE V load(const float* p) { return {_mm512_loadu_ps(p)}; }
LOCKSTEP_INLINE void store(float* p, V a) { _mm512_storeu_ps(p, a.v); }
LOCKSTEP_INLINE V loadPart(const float* p, i64 count) { return {_mm512_maskz_loadu_ps(firstLanes(count), p)}; }
LOCKSTEP_INLINE void storePart(float* p, V a, i64 count) { _mm512_mask_storeu_ps(p, firstLanes(count), a.v); }
LOCKSTEP_INLINE V broadcast(float x) { return {_mm512_set1_ps(x)}; }

LOCKSTEP_INLINE V operator+(V a, V b) { return {_mm512_add_ps(a.v, b.v)}; }
LOCKSTEP_INLINE V operator-(V a, V b) { return {_mm512_sub_ps(a.v, b.v)}; }
LOCKSTEP_INLINE V operator*(V a, V b) { return {_mm512_mul_ps(a.v, b.v)}; }
LOCKSTEP_INLINE V operator/(V a, V b) { return {_mm512_div_ps(a.v, b.v)}; }
LOCKSTEP_INLINE V fma(V a, V b, V c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
LOCKSTEP_INLINE V squareRoot(V a) { return {_mm512_sqrt_ps(a.v)}; }
// a > b ? a : b, so that a NaN in b survives.
LOCKSTEP_INLINE V max(V a, V b) { return {_mm512_max_ps(a.v, b.v)}; }
LOCKSTEP_INLINE V min(V a, V b) { return {_mm512_min_ps(a.v, b.v)}; }
// a · 2ⁿ for a whole n, rounded once.
LOCKSTEP_INLINE V timesPowerOfTwo(V a, V n) { return {_mm512_scalef_ps(a.v, n.v)}; }

LOCKSTEP_INLINE Mask less(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
LOCKSTEP_INLINE Mask equal(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
LOCKSTEP_INLINE Mask isNan(V a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
LOCKSTEP_INLINE Mask below(I a, I b) { return {_mm512_cmplt_epi32_mask(a.v, b.v)}; }
LOCKSTEP_INLINE Mask equal(I a, I b) { return {_mm512_cmpeq_epi32_mask(a.v, b.v)}; }
LOCKSTEP_INLINE Mask operator|(Mask a, Mask b) { return {static_cast<__mmask16>(a.m | b.m)}; }
LOCKSTEP_INLINE V select(Mask m, V yes, V no) { return {_mm512_mask_blend_ps(m.m, no.v, yes.v)}; }
LOCKSTEP_INLINE I select(Mask m, I yes, I no) { return {_mm512_mask_blend_epi32(m.m, no.v, yes.v)}; }

LOCKSTEP_INLINE I broadcastI(u32 x) { return {_mm512_set1_epi32(static_cast<int>(x))}; }
LOCKSTEP_INLINE I loadI(const u32* p) { return {_mm512_loadu_si512(p)}; }
LOCKSTEP_INLINE I bitsOf(V a) { return {_mm512_castps_si512(a.v)}; }
LOCKSTEP_INLINE V fromBits(I a) { return {_mm512_castsi512_ps(a.v)}; }
LOCKSTEP_INLINE I operator+(I a, I b) { return {_mm512_add_epi32(a.v, b.v)}; }
LOCKSTEP_INLINE I operator-(I a, I b) { return {_mm512_sub_epi32(a.v, b.v)}; }
LOCKSTEP_INLINE I operator&(I a, I b) { return {_mm512_and_si512(a.v, b.v)}; }
LOCKSTEP_INLINE I operator|(I a, I b) { return {_mm512_or_si512(a.v, b.v)}; }
LOCKSTEP_INLINE I operator^(I a, I b) { return {_mm512_xor_si512(a.v, b.v)}; }
template <int N>
LOCKSTEP_INLINE I shiftLeft(I a) {
  return {_mm512_slli_epi32(a.v, N)};
}
template <int N>
LOCKSTEP_INLINE I shiftRight(I a) {
  return {_mm512_srli_epi32(a.v, N)};
}
template <int N>
LOCKSTEP_INLINE I shiftRightSigned(I a) {
  return {_mm512_srai_epi32(a.v, N)};
}
LOCKSTEP_INLINE V toFloat(I a) { return {_mm512_cvtepi32_ps(a.v)}; }
LOCKSTEP_INLINE I loadBytes(const unsigned char* p) {
  return {_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

// Low and high words of the 64-bit products a * b.
LOCKSTEP_INLINE void multiplyWide(I a, u32 b, I& low, I& high) {
  const __m512i factor = _mm512_set1_epi32(static_cast<int>(b));
  const __m512i even = _mm512_mul_epu32(a.v, factor);
  const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a.v, 32), factor);
  low.v = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
  high.v = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}

// Transposes the 4 × 4 blocks that the four vectors form in each quarter of their lanes.
LOCKSTEP_INLINE void transposeQuarters(I& a, I& b, I& c, I& d) {
  const __m512i ab0 = _mm512_unpacklo_epi32(a.v, b.v), ab1 = _mm512_unpackhi_epi32(a.v, b.v);
  const __m512i cd0 = _mm512_unpacklo_epi32(c.v, d.v), cd1 = _mm512_unpackhi_epi32(c.v, d.v);
  a.v = _mm512_unpacklo_epi64(ab0, cd0);
  b.v = _mm512_unpackhi_epi64(ab0, cd0);
  c.v = _mm512_unpacklo_epi64(ab1, cd1);
  d.v = _mm512_unpackhi_epi64(ab1, cd1);
}

// Lane i with i + 8, then + 4, + 2, + 1.
template <class Combine>
LOCKSTEP_INLINE float foldLanes(V a, Combine combine) {
  a = combine(a, V{_mm512_shuffle_f32x4(a.v, a.v, 0x4e)});
  a = combine(a, V{_mm512_shuffle_f32x4(a.v, a.v, 0xb1)});
  a = combine(a, V{_mm512_permute_ps(a.v, 0x4e)});
  a = combine(a, V{_mm512_permute_ps(a.v, 0xb1)});
  return _mm512_cvtss_f32(a.v);
}

// out (16, 16) = inᵀ.
LOCKSTEP_INLINE void transpose16(const float* in, i64 inRow, float* out, i64 outRow) {
  __m512 r[16], t[16];
  for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_ps(in + i * inRow);
  for (int i = 0; i < 16; i += 4) {
    const __m512 ab0 = _mm512_unpacklo_ps(r[i], r[i + 1]), ab1 = _mm512_unpackhi_ps(r[i], r[i + 1]);
    const __m512 cd0 = _mm512_unpacklo_ps(r[i + 2], r[i + 3]), cd1 = _mm512_unpackhi_ps(r[i + 2], r[i + 3]);
    t[i] = _mm512_shuffle_ps(ab0, cd0, 0x44);
    t[i + 1] = _mm512_shuffle_ps(ab0, cd0, 0xee);
    t[i + 2] = _mm512_shuffle_ps(ab1, cd1, 0x44);
    t[i + 3] = _mm512_shuffle_ps(ab1, cd1, 0xee);
  }
  // Now quarter q of t[4g + j] is column 4q + j of rows 4g … 4g + 3.
  for (int j = 0; j < 4; j++) {
    const __m512 lo01 = _mm512_shuffle_f32x4(t[j], t[4 + j], 0x44), hi01 = _mm512_shuffle_f32x4(t[j], t[4 + j], 0xee);
    const __m512 lo23 = _mm512_shuffle_f32x4(t[8 + j], t[12 + j], 0x44);
    const __m512 hi23 = _mm512_shuffle_f32x4(t[8 + j], t[12 + j], 0xee);
    _mm512_storeu_ps(out + j * outRow, _mm512_shuffle_f32x4(lo01, lo23, 0x88));
    _mm512_storeu_ps(out + (4 + j) * outRow, _mm512_shuffle_f32x4(lo01, lo23, 0xdd));
    _mm512_storeu_ps(out + (8 + j) * outRow, _mm512_shuffle_f32x4(hi01, hi23, 0x88));
    _mm512_storeu_ps(out + (12 + j) * outRow, _mm512_shuffle_f32x4(hi01, hi23, 0xdd));
  }
}

}  // namespace avx512
}  // namespace lockstep
