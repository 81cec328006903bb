// Activations whose derivative needs their input; formulas and sources are in src/shared/kernels/activations.ts.
#pragma once

#include "arguments.h"
#include "../../context.h"
#include "../../math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Slopes beyond are the one here, 1 or 0: they are not formed of the squares of what is large.
constexpr float kFlat = 20.0f;

// The numbers that shape some of the activations, in all lanes.
struct ShapeLanes {
  V alpha, threshold, limit;
};

// By position in `inputActivations`: value(x, shape), and slope(x, shape), the derivative.
struct Rectifier {
  static constexpr i64 id = 0;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) {
    return select(less(s.threshold, x), min(s.limit, x), s.alpha * (x - s.threshold));
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) {
    const V above = select(less(x, s.limit), broadcast(1.0f), zero());
    return select(less(s.threshold, x), above, s.alpha);
  }
};
struct ScaledElu {
  static constexpr i64 id = 1;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) {
    return select(less(zero(), x), x, s.alpha * exponentialMinusOne(x));
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) {
    return select(less(zero(), x), broadcast(1.0f), s.alpha * exponential(x));
  }
};
struct Exponential {
  static constexpr i64 id = 2;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) { return exponential(x); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) { return exponential(x); }
};
struct Swish {
  static constexpr i64 id = 3;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) { return x * sigmoid(x); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) {
    const V s = sigmoid(x);
    return s * fma(x, broadcast(1.0f) - s, broadcast(1.0f));
  }
};
struct Gelu {
  static constexpr i64 id = 4;
  // Φ(x), the share of a standard normal distribution below x.
  static LOCKSTEP_INLINE V normalShare(V x) {
    return broadcast(0.5f) * (broadcast(1.0f) + errorFunction(x * broadcast(0.707106781186547524f)));
  }
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) { return x * normalShare(x); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) {
    const V density = broadcast(0.398942280401432678f) * exponential(broadcast(-0.5f) * (x * x));
    return fma(x, density, normalShare(x));
  }
};
struct GeluTanh {
  static constexpr i64 id = 5;
  static constexpr double scale = 0.797884560802865356, cube = 0.044715;
  static LOCKSTEP_INLINE V tangent(V x) {
    const V inner = fma(broadcast(static_cast<float>(cube)) * x, x * x, x);
    return hyperbolicTangent(broadcast(static_cast<float>(scale)) * inner);
  }
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) {
    return broadcast(0.5f) * x * (broadcast(1.0f) + tangent(x));
  }
  // (1 + t + x · (1 − t²) · u′) / 2 with u′ the derivative of what the tangent t is taken of. Where t is ±1, u′ is large.
  static LOCKSTEP_INLINE V slope(V given, const ShapeLanes&) {
    const V x = min(broadcast(kFlat), max(broadcast(-kFlat), given));
    const V t = tangent(x);
    const V inner =
        fma(broadcast(static_cast<float>(3 * scale * cube)), x * x, broadcast(static_cast<float>(scale)));
    const V steep = x * (broadcast(1.0f) - t * t) * inner;
    return broadcast(0.5f) * (broadcast(1.0f) + t + steep);
  }
};
// tanh(ln(1 + e^x)) = n / (n + 2) with n = e^x · (e^x + 2); 1 − its square is 4 · (n + 1) / (n + 2)².
struct Mish {
  static constexpr i64 id = 6;
  static LOCKSTEP_INLINE V product(V x) {
    // Beyond, the tangent is 1 in float32.
    const V e = exponential(min(broadcast(kFlat), x));
    return e * (e + broadcast(2.0f));
  }
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) {
    const V n = product(x);
    return x * (n / (n + broadcast(2.0f)));
  }
  static LOCKSTEP_INLINE V slope(V given, const ShapeLanes&) {
    const V x = min(broadcast(kFlat), given);
    const V n = product(x), sum = n + broadcast(2.0f);
    const V rest = broadcast(4.0f) * ((n + broadcast(1.0f)) / sum) / sum;
    return fma(x * sigmoid(x), rest, n / sum);
  }
};
struct StraightStep {
  static constexpr i64 id = 7;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) {
    return select(isNan(x), x, select(less(zero(), x), broadcast(1.0f), zero()));
  }
  static LOCKSTEP_INLINE V slope(V, const ShapeLanes&) { return broadcast(1.0f); }
};

// A line of slope alpha through the middle of what it is held between.
struct ClippedLine {
  static constexpr i64 id = 8;
  static LOCKSTEP_INLINE V line(V x, const ShapeLanes& s) {
    return fma(s.alpha, x, broadcast(0.5f) * (s.threshold + s.limit));
  }
  // A NaN, the second operand, survives.
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) { return min(s.limit, max(s.threshold, line(x, s))); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) {
    const V y = line(x, s);
    return select(less(y, s.threshold), zero(), select(less(s.limit, y), zero(), s.alpha));
  }
};
struct HardShrink {
  static constexpr i64 id = 9;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) { return select(less(s.threshold, absolute(x)), x, x - x); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) {
    return select(less(s.threshold, absolute(x)), broadcast(1.0f), zero());
  }
};
struct SoftShrink {
  static constexpr i64 id = 10;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) {
    const V above = select(less(s.threshold, x), x - s.threshold, x - x);
    return select(less(x, negative(s.threshold)), x + s.threshold, above);
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) { return HardShrink::slope(x, s); }
};
struct TanhShrink {
  static constexpr i64 id = 11;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) { return x - hyperbolicTangent(x); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) {
    const V t = hyperbolicTangent(x);
    return t * t;
  }
};
struct SparsePlus {
  static constexpr i64 id = 12;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) {
    const V sum = x + broadcast(1.0f), inside = broadcast(0.25f) * (sum * sum);
    const V above = select(less(x, broadcast(1.0f)), inside, x);
    return select(less(broadcast(-1.0f), x), above, select(isNan(x), x, zero()));
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) {
    return min(broadcast(1.0f), max(zero(), fma(broadcast(0.5f), x, broadcast(0.5f))));
  }
};
struct Squareplus {
  static constexpr i64 id = 13;
  static LOCKSTEP_INLINE V root(V x, const ShapeLanes& s) { return squareRoot(fma(x, x, s.alpha)); }
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) {
    // Below 0 the sum would cancel: it is alpha over the difference.
    const V r = root(x, s);
    return broadcast(0.5f) * select(less(x, zero()), s.alpha / (r - x), x + r);
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) { return value(x, s) / root(x, s); }
};
struct LogSigmoid {
  static constexpr i64 id = 14;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) {
    return min(zero(), x) - logarithmOfOnePlus(exponential(negative(absolute(x))));
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) { return sigmoid(negative(x)); }
};
struct HardSilu {
  static constexpr i64 id = 15;
  static LOCKSTEP_INLINE V gate(V x) {
    return min(broadcast(1.0f), max(zero(), fma(x, broadcast(1.0f / 6), broadcast(0.5f))));
  }
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes&) { return x * gate(x); }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes&) {
    // x / 3 + 1/2, without cancellation where it is near 0.
    const V inside = (x + broadcast(1.5f)) * broadcast(1.0f / 3);
    return select(less(absolute(x), broadcast(3.0f)), inside, gate(x));
  }
};
struct Celu {
  static constexpr i64 id = 16;
  static LOCKSTEP_INLINE V value(V x, const ShapeLanes& s) {
    return select(less(zero(), x), x, s.alpha * exponentialMinusOne(x / s.alpha));
  }
  static LOCKSTEP_INLINE V slope(V x, const ShapeLanes& s) {
    return select(less(zero(), x), broadcast(1.0f), exponential(x / s.alpha));
  }
};

// Calls body(A()) with the activation's type, so that the choice is made outside the loop.
template <class Body>
LOCKSTEP_INLINE void withInputActivation(i64 activation, Body body) {
  switch (activation) {
    case ScaledElu::id: return body(ScaledElu());
    case Exponential::id: return body(Exponential());
    case Swish::id: return body(Swish());
    case Gelu::id: return body(Gelu());
    case GeluTanh::id: return body(GeluTanh());
    case Mish::id: return body(Mish());
    case StraightStep::id: return body(StraightStep());
    case ClippedLine::id: return body(ClippedLine());
    case HardShrink::id: return body(HardShrink());
    case SoftShrink::id: return body(SoftShrink());
    case TanhShrink::id: return body(TanhShrink());
    case SparsePlus::id: return body(SparsePlus());
    case Squareplus::id: return body(Squareplus());
    case LogSigmoid::id: return body(LogSigmoid());
    case HardSilu::id: return body(HardSilu());
    case Celu::id: return body(Celu());
    default: return body(Rectifier());
  }
}

LOCKSTEP_INLINE ShapeLanes lanesOf(const ActivationShape& shape) {
  return {broadcast(static_cast<float>(shape.alpha)), broadcast(static_cast<float>(shape.threshold)),
          broadcast(static_cast<float>(shape.limit))};
}

// y = f(x), size elements a row.
inline void inputActivationForward(const Context& context, const InputActivationForward& a) {
  const i64 first = context.pass.firstRow * a.size;
  const float* x = context.arena + a.x + first;
  float* y = context.arena + a.y + first;
  const ShapeLanes shape = lanesOf(a.shape);
  withInputActivation(a.shape.activation, [&](auto activation) {
    forLanes(context.pass.rows * a.size, [&](i64 at, i64 lanes) {
      storeLanes(y + at, activation.value(loadLanes(x + at, lanes), shape), lanes);
    });
  });
}

// dx = dy ∘ f′(x), size elements a row.
inline void inputActivationBackward(const Context& context, const InputActivationBackward& a) {
  const i64 first = context.pass.firstRow * a.size;
  const float *x = context.arena + a.x + first, *dy = context.arena + a.dy + first;
  float* dx = context.arena + a.dx + first;
  const ShapeLanes shape = lanesOf(a.shape);
  withInputActivation(a.shape.activation, [&](auto activation) {
    forLanes(context.pass.rows * a.size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, loadLanes(dy + at, lanes) * activation.slope(loadLanes(x + at, lanes), shape), lanes);
    });
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
