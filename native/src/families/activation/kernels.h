// Activations and their derivatives from the output alone.
#pragma once

#include "arguments.h"
#include "../../context.h"
#include "../../math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// By position in src/shared/kernels/activations.ts.
struct Linear {
  static constexpr i64 id = 0;
  static LOCKSTEP_INLINE V value(V z) { return z; }
  static LOCKSTEP_INLINE V slope(V dy, V) { return dy; }
};
struct Relu {
  static constexpr i64 id = 1;
  static LOCKSTEP_INLINE V value(V z) { return max(zero(), z); }
  static LOCKSTEP_INLINE V slope(V dy, V y) { return select(less(zero(), y), dy, zero()); }
};
struct Sigmoid {
  static constexpr i64 id = 2;
  static LOCKSTEP_INLINE V value(V z) { return sigmoid(z); }
  static LOCKSTEP_INLINE V slope(V dy, V y) { return dy * (y * (broadcast(1.0f) - y)); }
};
struct Tanh {
  static constexpr i64 id = 3;
  static LOCKSTEP_INLINE V value(V z) { return hyperbolicTangent(z); }
  static LOCKSTEP_INLINE V slope(V dy, V y) { return dy * (broadcast(1.0f) - y * y); }
};
// clip(slope · z + 0.5, 0, 1), whose slope is that of Keras 2 and TensorFlow.js, or that of Keras 3.
template <int steepness>
struct HardSigmoidOf {
  static LOCKSTEP_INLINE V steep() { return broadcast(1.0f / steepness); }
  static LOCKSTEP_INLINE V value(V z) { return min(broadcast(1.0f), max(zero(), fma(z, steep(), broadcast(0.5f)))); }
  static LOCKSTEP_INLINE V slope(V dy, V y) {
    const V inner = select(less(y, broadcast(1.0f)), dy * steep(), zero());
    return select(less(zero(), y), inner, zero());
  }
};
struct HardSigmoid : HardSigmoidOf<5> {
  static constexpr i64 id = 4;
};
struct HardSigmoid6 : HardSigmoidOf<6> {
  static constexpr i64 id = 12;
};
struct Relu6 {
  static constexpr i64 id = 5;
  static LOCKSTEP_INLINE V value(V z) { return min(broadcast(6.0f), max(zero(), z)); }
  static LOCKSTEP_INLINE V slope(V dy, V y) {
    return select(less(zero(), y), select(less(y, broadcast(6.0f)), dy, zero()), zero());
  }
};
struct Elu {
  static constexpr i64 id = 6;
  static LOCKSTEP_INLINE V value(V z) { return select(less(zero(), z), z, exponentialMinusOne(z)); }
  static LOCKSTEP_INLINE V slope(V dy, V y) {
    return select(less(zero(), y), dy, dy * (y + broadcast(1.0f)));
  }
};
// Klambauer et al., "Self-normalizing neural networks", 2017.
struct Selu {
  static constexpr i64 id = 7;
  static constexpr double scale = 1.0507009873554805, alpha = 1.6732632423543772;
  static LOCKSTEP_INLINE V value(V z) {
    const V negativeSide = broadcast(static_cast<float>(scale * alpha)) * exponentialMinusOne(z);
    return select(less(zero(), z), broadcast(static_cast<float>(scale)) * z, negativeSide);
  }
  static LOCKSTEP_INLINE V slope(V dy, V y) {
    const V negativeSide = y + broadcast(static_cast<float>(scale * alpha));
    return dy * select(less(zero(), y), broadcast(static_cast<float>(scale)), negativeSide);
  }
};
struct Softplus {
  static constexpr i64 id = 8;
  static LOCKSTEP_INLINE V value(V z) {
    return max(zero(), z) + logarithmOfOnePlus(exponential(negative(absolute(z))));
  }
  static LOCKSTEP_INLINE V slope(V dy, V y) { return dy * negative(exponentialMinusOne(negative(y))); }
};
struct Softsign {
  static constexpr i64 id = 9;
  static LOCKSTEP_INLINE V value(V z) { return z / (broadcast(1.0f) + absolute(z)); }
  static LOCKSTEP_INLINE V slope(V dy, V y) {
    const V rest = broadcast(1.0f) - absolute(y);
    return dy * (rest * rest);
  }
};
struct Step {
  static constexpr i64 id = 10;
  static LOCKSTEP_INLINE V value(V z) {
    return select(isNan(z), z, select(less(zero(), z), broadcast(1.0f), zero()));
  }
  static LOCKSTEP_INLINE V slope(V, V) { return zero(); }
};

// Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
struct LeakyRelu {
  static constexpr i64 id = 11;
  static LOCKSTEP_INLINE V value(V z) { return select(less(zero(), z), z, z * broadcast(0.2f)); }
  static LOCKSTEP_INLINE V slope(V dy, V y) { return select(less(zero(), y), dy, dy * broadcast(0.2f)); }
};

// Calls body(A()) with the activation's type, so that the choice is made outside the loop.
template <class Body>
LOCKSTEP_INLINE void withActivation(i64 activation, Body body) {
  switch (activation) {
    case Relu::id: return body(Relu());
    case Sigmoid::id: return body(Sigmoid());
    case Tanh::id: return body(Tanh());
    case HardSigmoid::id: return body(HardSigmoid());
    case Relu6::id: return body(Relu6());
    case Elu::id: return body(Elu());
    case Selu::id: return body(Selu());
    case Softplus::id: return body(Softplus());
    case Softsign::id: return body(Softsign());
    case Step::id: return body(Step());
    case LeakyRelu::id: return body(LeakyRelu());
    case HardSigmoid6::id: return body(HardSigmoid6());
    default: return body(Linear());
  }
}

// y = activation(x), size elements a row.
inline void activationForward(const Context& context, const ActivationForward& a) {
  const float* x = context.arena + a.x + context.pass.firstRow * a.size;
  float* y = context.arena + a.y + context.pass.firstRow * a.size;
  withActivation(a.activation, [&](auto activation) {
    forLanes(context.pass.rows * a.size,
             [&](i64 at, i64 lanes) { storeLanes(y + at, activation.value(loadLanes(x + at, lanes)), lanes); });
  });
}

// dx = dy ∘ activation′(y), size elements a row.
inline void activationBackward(const Context& context, const ActivationBackward& a) {
  const i64 first = context.pass.firstRow * a.size;
  const float *y = context.arena + a.y + first, *dy = context.arena + a.dy + first;
  float* dx = context.arena + a.dx + first;
  withActivation(a.activation, [&](auto activation) {
    forLanes(context.pass.rows * a.size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, activation.slope(loadLanes(dy + at, lanes), loadLanes(y + at, lanes)), lanes);
    });
  });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
