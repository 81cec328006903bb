// The 16 lanes as four 128-bit vectors of the compiler's own vector extension: any processor.
#pragma once

#define LOCKSTEP_ISA portable

namespace lockstep {
namespace portable {

typedef float F4 __attribute__((vector_size(16)));
typedef u32 U4 __attribute__((vector_size(16)));
typedef std::int32_t S4 __attribute__((vector_size(16)));
typedef double D4 __attribute__((vector_size(32)));
typedef std::int64_t L4 __attribute__((vector_size(32)));

struct V {
  F4 q[4];
};
struct I {
  U4 q[4];
};
struct Mask {
  S4 q[4];
};

constexpr int kTileRows = 6;
constexpr int kTileVectors = 1;
constexpr int kTileUnroll = 1;

// An operation quarter by quarter.
#define LOCKSTEP_QUARTERS(R, expression)           \
  R r;                                             \
  for (int i = 0; i < 4; i++) r.q[i] = expression; \
  return r;

LOCKSTEP_INLINE V load(const float* p) {
  V r;
  std::memcpy(&r, p, sizeof r);
  return r;
}
LOCKSTEP_INLINE void store(float* p, V a) { std::memcpy(p, &a, sizeof a); }
LOCKSTEP_INLINE V loadPart(const float* p, i64 count) {
  float lanes[16] = {};
  for (i64 i = 0; i < count; i++) lanes[i] = p[i];
  return load(lanes);
}
LOCKSTEP_INLINE void storePart(float* p, V a, i64 count) {
  float lanes[16];
  store(lanes, a);
  for (i64 i = 0; i < count; i++) p[i] = lanes[i];
}
LOCKSTEP_INLINE V broadcast(float x){LOCKSTEP_QUARTERS(V, (F4{x, x, x, x}))}

LOCKSTEP_INLINE V operator+(V a, V b){LOCKSTEP_QUARTERS(V, a.q[i] + b.q[i])} LOCKSTEP_INLINE V operator-(V a, V b){
    LOCKSTEP_QUARTERS(V, a.q[i] - b.q[i])} LOCKSTEP_INLINE V operator*(V a, V b){
    LOCKSTEP_QUARTERS(V, a.q[i] * b.q[i])} LOCKSTEP_INLINE V operator/(V a, V b){LOCKSTEP_QUARTERS(V, a.q[i] / b.q[i])}
#if defined(__FP_FAST_FMAF) || defined(__ARM_FEATURE_FMA)
LOCKSTEP_INLINE F4 fmaQuarter(F4 a, F4 b, F4 c) {
  F4 r;
  for (int i = 0; i < 4; i++) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return r;
}
#else
// A correctly rounded a·b + c without an fma instruction. The product is exact in float64; the sum is rounded to odd
// there (its last bit is set where it is inexact), so that rounding it once more, to float32, is right.
// A function of its own: written out at every use it would be most of the time that a build of all kernels takes.
__attribute__((noinline)) inline F4 fmaQuarter(F4 a, F4 b, F4 c) {
  const D4 product = __builtin_convertvector(a, D4) * __builtin_convertvector(b, D4);
  const D4 addend = __builtin_convertvector(c, D4);
  const D4 sum = product + addend;
  const D4 part = sum - product;
  const D4 error = (product - (sum - part)) + (addend - part);
  const L4 bits = reinterpret_cast<L4>(sum);
  // A NaN error (an infinite sum) is neither above nor below zero and changes nothing.
  const L4 inexact = (error > 0.0) | (error < 0.0);
  const L4 awayFromZero = ((error > 0.0) ^ (sum < 0.0));
  const L4 even = (bits & 1) - 1;
  const L4 toOdd = bits + (((awayFromZero & 2) - 1) & inexact & even);
  return __builtin_convertvector(reinterpret_cast<D4>(toOdd), F4);
}
#endif
LOCKSTEP_INLINE V fma(V a, V b, V c){LOCKSTEP_QUARTERS(V, fmaQuarter(a.q[i], b.q[i], c.q[i]))} LOCKSTEP_INLINE V
    squareRoot(V a) {
  V r;
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) r.q[i][j] = __builtin_sqrtf(a.q[i][j]);
  return r;
}

LOCKSTEP_INLINE Mask less(V a, V b){LOCKSTEP_QUARTERS(Mask, (S4)(a.q[i] < b.q[i]))} LOCKSTEP_INLINE Mask
    equal(V a, V b){LOCKSTEP_QUARTERS(Mask, (S4)(a.q[i] == b.q[i]))} LOCKSTEP_INLINE Mask
    isNan(V a){LOCKSTEP_QUARTERS(Mask, (S4)(a.q[i] != a.q[i]))} LOCKSTEP_INLINE Mask
    below(I a, I b){LOCKSTEP_QUARTERS(Mask, (S4)((S4)a.q[i] < (S4)b.q[i]))} LOCKSTEP_INLINE Mask
    equal(I a, I b){LOCKSTEP_QUARTERS(Mask, (S4)(a.q[i] == b.q[i]))} LOCKSTEP_INLINE Mask operator|(Mask a, Mask b){
        LOCKSTEP_QUARTERS(Mask, a.q[i] | b.q[i])} LOCKSTEP_INLINE I select(Mask m, I yes, I no){
        LOCKSTEP_QUARTERS(I, (yes.q[i] & (U4)m.q[i]) | (no.q[i] & ~(U4)m.q[i]))} LOCKSTEP_INLINE I
    bitsOf(V a){LOCKSTEP_QUARTERS(I, (U4)a.q[i])} LOCKSTEP_INLINE V
    fromBits(I a){LOCKSTEP_QUARTERS(V, (F4)a.q[i])} LOCKSTEP_INLINE V select(Mask m, V yes, V no) {
  return fromBits(select(m, bitsOf(yes), bitsOf(no)));
}
LOCKSTEP_INLINE I broadcastI(u32 x){LOCKSTEP_QUARTERS(I, (U4{x, x, x, x}))} LOCKSTEP_INLINE I loadI(const u32* p) {
  I r;
  std::memcpy(&r, p, sizeof r);
  return r;
}
LOCKSTEP_INLINE I operator+(I a, I b){LOCKSTEP_QUARTERS(I, a.q[i] + b.q[i])} LOCKSTEP_INLINE I operator-(I a, I b){
    LOCKSTEP_QUARTERS(I, a.q[i] - b.q[i])} LOCKSTEP_INLINE I operator&(I a, I b){
    LOCKSTEP_QUARTERS(I, a.q[i] & b.q[i])} LOCKSTEP_INLINE I operator|(I a, I b){
    LOCKSTEP_QUARTERS(I, a.q[i] | b.q[i])} LOCKSTEP_INLINE I operator^(I a, I b) {
  LOCKSTEP_QUARTERS(I, a.q[i] ^ b.q[i])
}
template <int N>
LOCKSTEP_INLINE I shiftLeft(I a) {
  LOCKSTEP_QUARTERS(I, a.q[i] << N)
}
template <int N>
LOCKSTEP_INLINE I shiftRight(I a) {
  LOCKSTEP_QUARTERS(I, a.q[i] >> N)
}
template <int N>
LOCKSTEP_INLINE I shiftRightSigned(I a){LOCKSTEP_QUARTERS(I, (U4)((S4)a.q[i] >> N))} LOCKSTEP_INLINE V
    toFloat(I a){LOCKSTEP_QUARTERS(V, __builtin_convertvector((S4)a.q[i], F4))} LOCKSTEP_INLINE I
    loadBytes(const unsigned char* p){LOCKSTEP_QUARTERS(I, (U4{p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]}))}

// Low and high words of the 64-bit products a * b.
LOCKSTEP_INLINE void multiplyWide(I a, u32 b, I& low, I& high) {
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) {
      const std::uint64_t product = static_cast<std::uint64_t>(a.q[i][j]) * b;
      low.q[i][j] = static_cast<u32>(product);
      high.q[i][j] = static_cast<u32>(product >> 32);
    }
}

// Transposes the 4 × 4 blocks that the four vectors form in each quarter of their lanes.
LOCKSTEP_INLINE void transposeQuarters(I& a, I& b, I& c, I& d) {
  for (int i = 0; i < 4; i++) {
    const U4 p = a.q[i], q = b.q[i], r = c.q[i], s = d.q[i];
    a.q[i] = U4{p[0], q[0], r[0], s[0]};
    b.q[i] = U4{p[1], q[1], r[1], s[1]};
    c.q[i] = U4{p[2], q[2], r[2], s[2]};
    d.q[i] = U4{p[3], q[3], r[3], s[3]};
  }
}

// Lane i with i + 8, then + 4, + 2, + 1.
template <class Combine>
LOCKSTEP_INLINE float foldLanes(V a, Combine combine) {
  a = combine(a, V{{a.q[2], a.q[3], a.q[0], a.q[1]}});
  a = combine(a, V{{a.q[1], a.q[0], a.q[3], a.q[2]}});
  const F4 pairs = a.q[0];
  a = combine(a, V{{F4{pairs[2], pairs[3], pairs[0], pairs[1]}, a.q[1], a.q[2], a.q[3]}});
  const F4 last = a.q[0];
  a = combine(a, V{{F4{last[1], last[0], last[3], last[2]}, a.q[1], a.q[2], a.q[3]}});
  return a.q[0][0];
}

// out (16, 16) = inᵀ.
LOCKSTEP_INLINE void transpose16(const float* in, i64 inRow, float* out, i64 outRow) {
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) out[j * outRow + i] = in[i * inRow + j];
}

// A denormal is 0, as an instruction for the larger one takes it.
LOCKSTEP_INLINE V flushed(V a) {
  const I bits = bitsOf(a);
  const Mask tiny = equal(bits & broadcastI(0x7f800000u), broadcastI(0));
  return fromBits(select(tiny, bits & broadcastI(0x80000000u), bits));
}
// a > b ? a : b, so that a NaN in b survives.
LOCKSTEP_INLINE V max(V a, V b) { return flushed(select(less(b, a), a, b)); }
LOCKSTEP_INLINE V min(V a, V b) { return flushed(select(less(a, b), a, b)); }

#undef LOCKSTEP_QUARTERS

}  // namespace portable
}  // namespace lockstep
