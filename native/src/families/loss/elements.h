// Losses over elements: an element's loss from prediction p and target t, and its derivative by p. The formulas are those
// of the reference kernels, src/shared/kernels/reference/elementLoss.ts.
#pragma once

#include "clip.h"
#include "elementLosses.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// The options of a loss in all lanes.
struct ElementOptions {
  V delta, alpha, gamma;
  // Whether both classes count by alpha; whether the focal loss squares what it focuses on.
  bool isBalanced, isSquared;
};

LOCKSTEP_INLINE V square(V x) { return x * x; }
LOCKSTEP_INLINE V atLeast(V x, float least) { return max(broadcast(least), x); }

struct SquaredError {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return square(p - t); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) { return broadcast(2.0f) * (p - t); }
};

struct AbsoluteError {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return absolute(p - t); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) { return signOf(p - t); }
};

struct PercentageError {
  static LOCKSTEP_INLINE V scale(V t) { return broadcast(100.0f) / atLeast(absolute(t), kEpsilon); }
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return absolute(p - t) * scale(t); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) { return signOf(p - t) * scale(t); }
};

struct LogarithmicError {
  static LOCKSTEP_INLINE V logOf(V x) { return logarithmOfOnePlus(atLeast(x, kEpsilon)); }
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return square(logOf(p) - logOf(t)); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) {
    const V inner = broadcast(2.0f) * (logOf(p) - logOf(t)) / (broadcast(1.0f) + p);
    return select(less(p, broadcast(kEpsilon)), zero(), inner);
  }
};

// Targets 0 and 1 are taken for −1 and 1, as Keras does.
LOCKSTEP_INLINE V signedTarget(V t) { return select(equal(t, zero()), broadcast(-1.0f), t); }
LOCKSTEP_INLINE V marginOf(V p, V t) { return broadcast(1.0f) - signedTarget(t) * p; }

struct Hinge {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return max(zero(), marginOf(p, t)); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) {
    return select(less(marginOf(p, t), zero()), zero(), negative(signedTarget(t)));
  }
};

struct SquaredHinge {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) { return square(max(zero(), marginOf(p, t))); }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) {
    return broadcast(-2.0f) * signedTarget(t) * max(zero(), marginOf(p, t));
  }
};

struct LogCosh {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) {
    const V size = absolute(p - t);
    const V rest = logarithmOfOnePlus(exponential(broadcast(-2.0f) * size));
    return (size + rest) - broadcast(0x1.62e430p-1f);
  }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) { return hyperbolicTangent(p - t); }
};

struct Huber {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions& o) {
    const V error = absolute(p - t), half = broadcast(0.5f);
    return select(less(o.delta, error), o.delta * error - half * square(o.delta), half * square(error));
  }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions& o) {
    return min(o.delta, max(negative(o.delta), p - t));
  }
};

// What has computed the prediction is the loss.
struct Identity {
  static LOCKSTEP_INLINE V value(V p, V, const ElementOptions&) { return p; }
  static LOCKSTEP_INLINE V slope(V, V, const ElementOptions&) { return broadcast(1.0f); }
};

struct Poisson {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) {
    return p - t * logarithm(p + broadcast(kEpsilon));
  }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) {
    return broadcast(1.0f) - t / (p + broadcast(kEpsilon));
  }
};

struct KullbackLeibler {
  static LOCKSTEP_INLINE V inRange(V x) { return min(broadcast(1.0f), atLeast(x, kEpsilon)); }
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) {
    return inRange(t) * logarithm(inRange(t) / inRange(p));
  }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) {
    const Mask outside = less(p, broadcast(kEpsilon)) | less(broadcast(1.0f), p);
    return select(outside, zero(), negative(inRange(t) / p));
  }
};

// No gradient where the clip acts.
struct BinaryEntropy {
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions&) {
    const V q = clipped(p), one = broadcast(1.0f);
    return negative(t * logarithm(q) + (one - t) * logarithm(one - q));
  }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions&) {
    const V one = broadcast(1.0f);
    return select(isClipped(p), zero(), (one - t) / (one - p) - t / p);
  }
};

// x^exponent of x ≥ 0; 1 where the exponent is 0.
LOCKSTEP_INLINE V power(V x, V exponent) {
  const V raised = select(equal(x, zero()), zero(), exponential(exponent * logarithm(x)));
  return select(equal(exponent, zero()), broadcast(1.0f), raised);
}

struct BinaryFocalEntropy {
  static LOCKSTEP_INLINE V missOf(V p, V t) {
    const V one = broadcast(1.0f);
    return one - (t * p + (one - t) * (one - p));
  }
  static LOCKSTEP_INLINE V balanceOf(V t, const ElementOptions& o) {
    const V one = broadcast(1.0f);
    return o.isBalanced ? t * o.alpha + (one - t) * (one - o.alpha) : one;
  }
  static LOCKSTEP_INLINE V focusOf(V miss, const ElementOptions& o) {
    return o.isSquared ? square(miss) : power(miss, o.gamma);
  }
  // The derivative of the focus by the miss.
  static LOCKSTEP_INLINE V steepnessOf(V miss, const ElementOptions& o) {
    return o.gamma * (o.isSquared ? miss : power(miss, o.gamma - broadcast(1.0f)));
  }
  static LOCKSTEP_INLINE V value(V p, V t, const ElementOptions& o) {
    return balanceOf(t, o) * focusOf(missOf(p, t), o) * BinaryEntropy::value(p, t, o);
  }
  static LOCKSTEP_INLINE V slope(V p, V t, const ElementOptions& o) {
    const V miss = missOf(p, t), turn = broadcast(1.0f) - broadcast(2.0f) * t;
    const V inner = focusOf(miss, o) * BinaryEntropy::slope(p, t, o) +
                    steepnessOf(miss, o) * turn * BinaryEntropy::value(p, t, o);
    return balanceOf(t, o) * inner;
  }
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
