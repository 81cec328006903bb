// exp, log, sigmoid and tanh: one polynomial implementation of each, at most 2 ulp, used wherever one is needed.
// Coefficients are minimax fits (Remez exchange, weighted for relative error) of the expressions beside them.
#pragma once

#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE V absolute(V x) { return fromBits(bitsOf(x) & broadcastI(0x7fffffffu)); }
LOCKSTEP_INLINE V negative(V x) { return fromBits(bitsOf(x) ^ broadcastI(0x80000000u)); }
LOCKSTEP_INLINE V copySign(V magnitude, V sign) {
  return fromBits(bitsOf(magnitude) | (bitsOf(sign) & broadcastI(0x80000000u)));
}

// e^x for −104 ≤ x ≤ 89, beyond which it is 0 or infinite; a NaN stays one. x = n·ln 2 + r with |r| ≤ ln 2 / 2;
// e^r = 1 + r + r²·P(r).
LOCKSTEP_INLINE V exponentialInRange(V x) {
  // Adding 1.5·2²³ leaves x / ln 2, rounded to a whole number, in the low bits.
  const V magic = broadcast(12582912.0f);
  const V n = fma(x, broadcast(0x1.715476p+0f), magic) - magic;
  V r = fma(n, broadcast(-0x1.62e430p-1f), x);
  r = fma(n, broadcast(0x1.05c610p-29f), r);
  V p = broadcast(0x1.6a241ap-10f);
  p = fma(p, r, broadcast(0x1.1239f2p-7f));
  p = fma(p, r, broadcast(0x1.5558f2p-5f));
  p = fma(p, r, broadcast(0x1.555492p-3f));
  p = fma(p, r, broadcast(0x1.fffffcp-2f));
  p = fma(p, r * r, r) + broadcast(1.0f);
  return timesPowerOfTwo(p, n);
}

LOCKSTEP_INLINE V exponential(V x) {
  return exponentialInRange(min(broadcast(89.0f), max(broadcast(-104.0f), x)));
}

// e^x − 1 for x ≤ 88, accurate near zero too: 2ⁿ·(e^r − 1) + (2ⁿ − 1), with x = n·ln 2 + r as above.
LOCKSTEP_INLINE V exponentialMinusOne(V x) {
  // Below −30 the result is −1; a NaN passes through.
  x = min(broadcast(88.0f), max(broadcast(-30.0f), x));
  const V magic = broadcast(12582912.0f);
  const V shifted = fma(x, broadcast(0x1.715476p+0f), magic);
  const V n = shifted - magic;
  V r = fma(n, broadcast(-0x1.62e430p-1f), x);
  r = fma(n, broadcast(0x1.05c610p-29f), r);
  V p = broadcast(0x1.6a241ap-10f);
  p = fma(p, r, broadcast(0x1.1239f2p-7f));
  p = fma(p, r, broadcast(0x1.5558f2p-5f));
  p = fma(p, r, broadcast(0x1.555492p-3f));
  p = fma(p, r, broadcast(0x1.fffffcp-2f));
  p = fma(p, r * r, r);
  const V power = fromBits(shiftLeft<23>(bitsOf(shifted) - broadcastI(0x4b400000u - 127u)));
  return fma(power, p, power - broadcast(1.0f));
}

// ln x for x > 0: −∞ at 0, NaN below. x = 2ⁿ·(1 + m) with 1 + m in [√½, √2); ln(1+m) = m − m²/2 + m³·Q(m).
LOCKSTEP_INLINE V logarithm(V x) {
  const I bits = bitsOf(x);
  // Moves √½ to a power of two, so that the exponent field splits off n.
  const I offset = bits - broadcastI(0x3f3504f3u);
  const V n = toFloat(shiftRightSigned<23>(offset));
  const V m = fromBits((offset & broadcastI(0x007fffffu)) + broadcastI(0x3f3504f3u)) - broadcast(1.0f);
  V q = broadcast(0x1.145796p-4f);
  q = fma(q, m, broadcast(-0x1.de3c04p-4f));
  q = fma(q, m, broadcast(0x1.e6f06ap-4f));
  q = fma(q, m, broadcast(-0x1.fc220ap-4f));
  q = fma(q, m, broadcast(0x1.233768p-3f));
  q = fma(q, m, broadcast(-0x1.555c4ep-3f));
  q = fma(q, m, broadcast(0x1.99a4b6p-3f));
  q = fma(q, m, broadcast(-0x1.000006p-2f));
  q = fma(q, m, broadcast(0x1.555548p-2f));
  const V square = m * m;
  // From the smallest term to the largest; n·(high part of ln 2) is exact.
  V sum = q * m * square;
  sum = fma(n, broadcast(0x1.0bfbe8p-15f), sum);
  sum = fma(square, broadcast(-0.5f), sum);
  sum = sum + m;
  sum = fma(n, broadcast(0x1.62e000p-1f), sum);
  const V infinity = broadcast(__builtin_inff());
  sum = select(less(x, infinity), sum, x);
  sum = select(equal(x, zero()), negative(infinity), sum);
  return select(less(x, zero()), broadcast(__builtin_nanf("")), sum);
}

// ln(1 + x) for x ≥ 0: the logarithm of the rounded sum, mended by what the rounding lost.
LOCKSTEP_INLINE V logarithmOfOnePlus(V x) {
  const V sum = broadcast(1.0f) + x;
  const V lost = x - (sum - broadcast(1.0f));
  return logarithm(sum) + lost / sum;
}

// 1 / (1 + e^−x). With e = e^−|x|: 1 / (1 + e) on the right, e / (1 + e) on the left. What rounding took from 1 + e is
// made up for to first order, with 1 − e/2 near enough to 1 / (1 + e).
LOCKSTEP_INLINE V sigmoid(V x) {
  const V e = exponentialInRange(max(broadcast(-104.0f), negative(absolute(x))));
  const V sum = broadcast(1.0f) + e;
  const V quotient = select(less(x, zero()), e, broadcast(1.0f)) / sum;
  const V gained = (sum - broadcast(1.0f)) - e;
  return fma(quotient * gained, fma(e, broadcast(-0.5f), broadcast(1.0f)), quotient);
}

// tanh x = x + x³·R(x²) near zero, 1 − 2 / (e^2|x| + 1) beyond 0.625.
LOCKSTEP_INLINE V hyperbolicTangent(V x) {
  const V size = absolute(x);
  const V square = x * x;
  V r = broadcast(0x1.18e1dep-9f);
  r = fma(r, square, broadcast(-0x1.0bf4fep-7f));
  r = fma(r, square, broadcast(0x1.638b58p-6f));
  r = fma(r, square, broadcast(-0x1.b9ee90p-5f));
  r = fma(r, square, broadcast(0x1.111066p-3f));
  r = fma(r, square, broadcast(-0x1.555554p-2f));
  const V inner = fma(r * square, x, x);
  const V e = exponentialInRange(min(broadcast(89.0f), size + size));
  const V outer = broadcast(1.0f) - broadcast(2.0f) / (e + broadcast(1.0f));
  return select(less(size, broadcast(0.625f)), inner, copySign(outer, x));
}

// 2/√π ∫₀ˣ e^(−t²) dt = x + x·P(x²) near zero, 1 − e^(−Q(|x|)) beyond 0.921875, ±1 beyond 4.
LOCKSTEP_INLINE V errorFunction(V x) {
  const V size = absolute(x), square = x * x;
  V p = broadcast(-0x1.3a17eep-11f);
  p = fma(p, square, broadcast(0x1.473baep-8f));
  p = fma(p, square, broadcast(-0x1.b68b54p-6f));
  p = fma(p, square, broadcast(0x1.ce1a6ap-4f));
  p = fma(p, square, broadcast(-0x1.8126e6p-2f));
  p = fma(p, square, broadcast(0x1.06eba6p-3f));
  const V inner = fma(p, x, x);
  const V far = min(broadcast(4.0f), size);
  V q = broadcast(-0x1.9a7164p-13f);
  q = fma(q, far, broadcast(0x1.8e9824p-9f));
  q = fma(q, far, broadcast(-0x1.6c05f6p-6f));
  q = fma(q, far, broadcast(0x1.a9a142p-4f));
  q = fma(q, far, broadcast(0x1.463f72p-1f));
  q = fma(q, far, broadcast(0x1.20ae8ep+0f));
  q = fma(q, far, broadcast(0x1.a08bc0p-13f));
  const V outer = broadcast(1.0f) - exponentialInRange(negative(q));
  return select(less(size, broadcast(0.921875f)), inner, copySign(outer, x));
}

// 0, 1, … 15.
LOCKSTEP_INLINE V laneNumbers() {
  static const float numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(numbers);
}

// Lanes beyond the last element hold the filler.
LOCKSTEP_INLINE V onlyLanes(V v, i64 lanes, V filler) {
  if (lanes >= kLanes) return v;
  return select(less(laneNumbers(), broadcast(static_cast<float>(lanes))), v, filler);
}
LOCKSTEP_INLINE V onlyLanes(V v, i64 lanes) { return onlyLanes(v, lanes, zero()); }

LOCKSTEP_INLINE float sumOfLanes(V a) {
  return foldLanes(a, [](V x, V y) { return x + y; });
}
// 0 where x is finite, NaN elsewhere; sums of such are 0 as long as all of it was finite.
LOCKSTEP_INLINE V nothingOf(V x) { return x - x; }
LOCKSTEP_INLINE bool isNothing(V probe) { return sumOfLanes(probe) == 0.0f; }
LOCKSTEP_INLINE float firstLane(V a) {
  return foldLanes(a, [](V x, V) { return x; });
}
LOCKSTEP_INLINE float maxOfLanes(V a) {
  return foldLanes(a, [](V x, V y) { return max(x, y); });
}

// −1, 0 or 1; a NaN stays one.
LOCKSTEP_INLINE V signOf(V x) {
  const V above = select(less(zero(), x), broadcast(1.0f), zero());
  return select(isNan(x), x, select(less(x, zero()), broadcast(-1.0f), above));
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
