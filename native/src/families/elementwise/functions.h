// Functions of numbers by their positions in src/shared/kernels/elementwise.ts. Truth is 1, all but 0 counts as true.
#pragma once

#include <cmath>
#include "../../math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE V truth(Mask mask) { return select(mask, broadcast(1.0f), zero()); }

// The nearest whole number, of two the even one: beyond 2²³ all are whole.
LOCKSTEP_INLINE V rounded(V x) {
  const V size = absolute(x), whole = broadcast(8388608.0f);
  return copySign(select(less(size, whole), (size + whole) - whole, size), x);
}
LOCKSTEP_INLINE V floorOf(V x) {
  const V near = rounded(x);
  return select(less(x, near), near - broadcast(1.0f), near);
}

// e^x − 1 over the whole range.
LOCKSTEP_INLINE V exponentialMinusOneOf(V x) {
  return select(less(broadcast(88.0f), x), exponential(x), exponentialMinusOne(x));
}

// ln(1 + x) for x ≥ −1.
LOCKSTEP_INLINE V logarithmOfOnePlusOf(V x) {
  const V sum = broadcast(1.0f) + x;
  const Mask ends = equal(sum, zero()) | equal(sum, broadcast(__builtin_inff()));
  return select(ends, logarithm(sum), logarithmOfOnePlus(x));
}

// Beyond this the reduction below has too few digits.
constexpr float kFarAngle = 8192.0f;

// Reduces the lanes that are far in float64, one by one: x = n · π/2 + r, where the first product leaves an exact remainder. From
// 2^52 on, where no float is near another's sine, the remainder is that of the float64 nearest to 2π.
inline void reduceFar(const float* x, float* r, u32* quarter) {
  for (i64 i = 0; i < kLanes; i++) {
    if (!(std::fabs(x[i]) > kFarAngle)) continue;
    double y = x[i];
    if (std::fabs(y) >= 0x1p52) y = std::fmod(y, 0x1.921fb54442d18p+2);
    const double n = std::nearbyint(y * 0x1.45f306dc9c883p-1);
    r[i] = static_cast<float>(std::fma(-n, 0x1.1a62633145c07p-54, std::fma(-n, 0x1.921fb54442d18p+0, y)));
    quarter[i] = std::isfinite(n) ? static_cast<u32>(static_cast<i64>(n)) : 0;
  }
}

// The sine of x + turns · π/2. x = n · π/2 + r with |r| ≤ π/4, where π/2 is the sum of three numbers; exact to a few ulp. The
// polynomials are N. Juffa's.
LOCKSTEP_INLINE V sineOf(V x, u32 turns) {
  const V magic = broadcast(12582912.0f);
  const V shifted = fma(x, broadcast(0x1.45f306p-1f), magic);
  const V n = shifted - magic;
  V r = fma(n, broadcast(-0x1.921fb0p+0f), x);
  r = fma(n, broadcast(-0x1.5110b4p-22f), r);
  r = fma(n, broadcast(-0x1.846988p-48f), r);
  I whole = bitsOf(shifted);
  const V far = select(less(broadcast(kFarAngle), absolute(x)), broadcast(1.0f), zero());
  if (sumOfLanes(far) > 0.0f) {
    float from[kLanes], rest[kLanes];
    u32 quarter[kLanes];
    storeLanes(from, x, kLanes);
    storeLanes(rest, r, kLanes);
    storeLanes(reinterpret_cast<float*>(quarter), fromBits(whole), kLanes);
    reduceFar(from, rest, quarter);
    r = loadLanes(rest, kLanes);
    whole = loadI(quarter);
  }
  const V square = r * r;
  V sine = broadcast(0x1.80a000p-19f);
  sine = fma(sine, square, broadcast(-0x1.a0690cp-13f));
  sine = fma(sine, square, broadcast(0x1.111182p-7f));
  sine = fma(sine, square, broadcast(-0x1.555556p-3f));
  sine = fma(sine, r * square, r);
  V cosine = broadcast(0x1.9a8000p-16f);
  cosine = fma(cosine, square, broadcast(-0x1.6c0efap-10f));
  cosine = fma(cosine, square, broadcast(0x1.555550p-5f));
  cosine = fma(cosine, square, broadcast(-0.5f));
  cosine = fma(cosine, square, broadcast(1.0f));
  const I quarter = whole + broadcastI(turns);
  const V value = select(equal(quarter & broadcastI(1), broadcastI(1)), cosine, sine);
  return select(equal(quarter & broadcastI(2), broadcastI(2)), negative(value), value);
}

// (e^size ± e^−size) / 2, where size is beyond 88 in two factors.
LOCKSTEP_INLINE V hyperbolic(V size, V near) {
  const V root = exponential(broadcast(0.5f) * size);
  return select(less(size, broadcast(88.0f)), near, (broadcast(0.5f) * root) * root);
}
LOCKSTEP_INLINE V hyperbolicSine(V x) {
  const V size = absolute(x), e = exponentialMinusOne(size);
  return copySign(hyperbolic(size, broadcast(0.5f) * (e + e / (e + broadcast(1.0f)))), x);
}
LOCKSTEP_INLINE V hyperbolicCosine(V x) {
  const V size = absolute(x), e = exponential(size);
  return hyperbolic(size, broadcast(0.5f) * (e + broadcast(1.0f) / e));
}

// The angle of a tangent. Beyond tan π/8 and tan 3π/8 it is π/4 or π/2 and the angle of another one; the polynomial is that
// of Cephes.
LOCKSTEP_INLINE V arcTangent(V x) {
  const V size = absolute(x), one = broadcast(1.0f);
  const Mask isFar = less(broadcast(2.414213562f), size), isBeyond = less(broadcast(0.414213562f), size);
  const V near = select(isBeyond, (size - one) / (size + one), size);
  const V tangent = select(isFar, negative(one / size), near);
  const V angle = select(isFar, broadcast(0x1.921fb6p+0f), select(isBeyond, broadcast(0x1.921fb6p-1f), zero()));
  const V square = tangent * tangent;
  V p = broadcast(8.05374449538e-2f);
  p = fma(p, square, broadcast(-1.38776856032e-1f));
  p = fma(p, square, broadcast(1.99777106478e-1f));
  p = fma(p, square, broadcast(-3.33329491539e-1f));
  return copySign(angle + fma(p * square, tangent, tangent), x);
}

// |a|^b, with the sign of a where b is odd; NaN where a is negative and finite and b is not whole.
LOCKSTEP_INLINE V powerOf(V a, V b) {
  const V raised = exponential(b * logarithm(absolute(a)));
  const V half = broadcast(0.5f) * b;
  const V turned = select(equal(floorOf(half), half), raised, negative(raised));
  const V fraction = select(equal(absolute(a), broadcast(__builtin_inff())), raised, broadcast(__builtin_nanf("")));
  const V below = select(equal(floorOf(b), b), turned, fraction);
  return select(equal(b, zero()), broadcast(1.0f), select(less(a, zero()), below, raised));
}

LOCKSTEP_INLINE V largerOf(V a, V b) { return select(isNan(a) | isNan(b), a + b, max(a, b)); }
LOCKSTEP_INLINE V smallerOf(V a, V b) { return select(isNan(a) | isNan(b), a + b, min(a, b)); }

// Calls body(f) with the function of that number, so that the choice is made outside the loop.
template <class Body>
LOCKSTEP_INLINE void withUnary(i64 function, Body body) {
  const V one = broadcast(1.0f), infinity = broadcast(__builtin_inff());
  switch (function) {
    case 0: return body([](V x) { return negative(x); });
    case 1: return body([](V x) { return absolute(x); });
    case 2: return body([](V x) { return x * x; });
    case 3: return body([](V x) { return squareRoot(x); });
    case 4: return body([=](V x) { return one / squareRoot(x); });
    case 5: return body([=](V x) { return one / x; });
    case 6: return body([](V x) { return exponential(x); });
    case 7: return body([](V x) { return exponentialMinusOneOf(x); });
    case 8: return body([](V x) { return logarithm(x); });
    case 9: return body([](V x) { return logarithmOfOnePlusOf(x); });
    case 10: return body([](V x) { return sigmoid(x); });
    case 11: return body([](V x) { return hyperbolicTangent(x); });
    case 12: return body([](V x) { return max(zero(), x) + logarithmOfOnePlus(exponential(negative(absolute(x)))); });
    case 13: return body([](V x) { return errorFunction(x); });
    case 14: return body([](V x) { return signOf(x); });
    case 15: return body([](V x) { return select(isNan(x), x, truth(less(zero(), x))); });
    case 16: return body([](V x) { return floorOf(x); });
    case 17: return body([](V x) { return negative(floorOf(negative(x))); });
    case 18: return body([](V x) { return rounded(x); });
    case 19: return body([](V x) { return copySign(floorOf(absolute(x)), x); });
    case 20: return body([](V x) { return sineOf(x, 0); });
    case 21: return body([](V x) { return sineOf(x, 1); });
    case 22: return body([](V x) { return hyperbolicSine(x); });
    case 23: return body([](V x) { return hyperbolicCosine(x); });
    case 24: return body([](V x) { return arcTangent(x); });
    case 25: return body([](V x) { return truth(isNan(x)); });
    case 26: return body([=](V x) { return truth(equal(absolute(x), infinity)); });
    case 27: return body([=](V x) { return truth(less(absolute(x), infinity)); });
    default: return body([](V x) { return truth(equal(x, zero())); });
  }
}

template <class Body>
LOCKSTEP_INLINE void withBinary(i64 function, Body body) {
  const V one = broadcast(1.0f);
  switch (function) {
    case 0: return body([](V a, V b) { return a + b; });
    case 1: return body([](V a, V b) { return a - b; });
    case 2: return body([](V a, V b) { return a * b; });
    case 3: return body([](V a, V b) { return a / b; });
    case 4: return body([](V a, V b) { return largerOf(a, b); });
    case 5: return body([](V a, V b) { return smallerOf(a, b); });
    case 6: return body([](V a, V b) { return powerOf(a, b); });
    case 7: return body([](V a, V b) { return truth(equal(a, b)); });
    case 8: return body([=](V a, V b) { return select(equal(a, b), zero(), one); });
    case 9: return body([](V a, V b) { return truth(less(a, b)); });
    case 10: return body([](V a, V b) { return truth(less(a, b) | equal(a, b)); });
    case 11: return body([=](V a, V b) { return select(equal(a, zero()) | equal(b, zero()), zero(), one); });
    default: return body([=](V a, V b) { return select(equal(a, zero()), select(equal(b, zero()), zero(), one), one); });
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
