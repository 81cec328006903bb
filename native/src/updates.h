// The update kernels: one pass over a slice of the flat vectors. Formulas and vectors: src/shared/kernels/reference/updates.
#pragma once

#include <cmath>

#include "doubles.h"
#include "math.h"
#include "simd.h"
#include "updateStep.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE V rounded(double x) { return broadcast(static_cast<float>(x)); }

// An exponential moving average: keep·a + (1−keep)·x.
struct Average {
  V keep, rest;
  LOCKSTEP_INLINE explicit Average(double share) : keep(rounded(share)), rest(rounded(1 - share)) {}
  LOCKSTEP_INLINE V operator()(float* a, V x, i64 lanes) const {
    const V next = fma(keep, loadLanes(a, lanes), rest * x);
    storeLanes(a, next, lanes);
    return next;
  }
};

// p ← what decay leaves of p, minus change(at, lanes, g) with g the gradient, scaled and clipped.
template <class Change>
LOCKSTEP_INLINE void updateWeights(const UpdateStep& s, Change change) {
  const V scale = rounded(s.gradientScale), most = rounded(s.clip), least = rounded(-s.clip);
  const V loss = rounded(-s.weightLoss);
  V probe = zero();
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V gradient = loadLanes(s.gradient + at, lanes);
    // The gradient is the second operand, so that a NaN in it survives.
    const V g = max(least, min(most, gradient * scale));
    const V p = loadLanes(s.parameters + at, lanes);
    const V next = fma(loss, p, p) - change(at, lanes, g);
    storeLanes(s.parameters + at, next, lanes);
    probe = probe + (nothingOf(gradient) + nothingOf(onlyLanes(next, lanes)));
  });
  s.isFinite = isNothing(probe);
}

inline void sgd(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]), momentum = rounded(s.scalars[1]), velocityRate = rounded(s.scalars[3]);
  const bool nesterov = s.scalars[2] != 0;
  float* const velocities = s.vectors[0];
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V pull = rate * g;
    if (velocities == nullptr) return pull;
    const V velocity = momentum * loadLanes(velocities + at, lanes) - pull;
    storeLanes(velocities + at, velocity, lanes);
    return velocityRate * (nesterov ? pull - momentum * velocity : zero() - velocity);
  });
}

inline void rmsprop(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]), momentum = rounded(s.scalars[2]), epsilon = rounded(s.scalars[3]);
  const Average average(s.scalars[1]);
  float* const means = s.vectors[1];
  float* const momenta = s.vectors[2];
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    V variance = average(s.vectors[0] + at, g * g, lanes);
    if (means != nullptr) {
      const V mean = average(means + at, g, lanes);
      variance = variance - mean * mean;
    }
    // Epsilon may be subtracted from a variance that is smaller.
    V change = rate * g / squareRoot(absolute(variance + epsilon));
    if (momenta != nullptr) {
      change = fma(momentum, loadLanes(momenta + at, lanes), change);
      storeLanes(momenta + at, change, lanes);
    }
    return change;
  });
}

inline void adagrad(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]), epsilon = rounded(s.scalars[1]);
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V accumulator = fma(g, g, loadLanes(s.vectors[0] + at, lanes));
    storeLanes(s.vectors[0] + at, accumulator, lanes);
    return rate * g / squareRoot(accumulator + epsilon);
  });
}

inline void adadelta(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]), epsilon = rounded(s.scalars[2]);
  const bool isPrevious = s.scalars[3] != 0;
  const Average average(s.scalars[1]);
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V previous = loadLanes(s.vectors[0] + at, lanes);
    const V gradient = average(s.vectors[0] + at, g * g, lanes);
    const V before = loadLanes(s.vectors[1] + at, lanes);
    const V change = squareRoot(before + epsilon) * g / squareRoot((isPrevious ? previous : gradient) + epsilon);
    average(s.vectors[1] + at, change * change, lanes);
    return rate * change;
  });
}

template <bool Amsgrad>
LOCKSTEP_INLINE void adamSlice(const UpdateStep& s) {
  const V stepSize = rounded(s.scalars[0]), epsilon = rounded(s.scalars[3]);
  const Average first(s.scalars[1]), second(s.scalars[2]);
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V m = first(s.vectors[0] + at, g, lanes);
    V divisor = second(s.vectors[1] + at, g * g, lanes);
    if (Amsgrad) {
      divisor = max(loadLanes(s.vectors[2] + at, lanes), divisor);
      storeLanes(s.vectors[2] + at, divisor, lanes);
    }
    return stepSize * m / (squareRoot(divisor) + epsilon);
  });
}

inline void adam(const UpdateStep& s) {
  if (s.vectors[2] != nullptr)
    adamSlice<true>(s);
  else
    adamSlice<false>(s);
}

inline void adamax(const UpdateStep& s) {
  const V stepSize = rounded(s.scalars[0]), beta2 = rounded(s.scalars[2]), epsilon = rounded(s.scalars[3]);
  const Average first(s.scalars[1]);
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V m = first(s.vectors[0] + at, g, lanes);
    const V u = max(beta2 * loadLanes(s.vectors[1] + at, lanes), absolute(g));
    storeLanes(s.vectors[1] + at, u, lanes);
    return stepSize * m / (u + epsilon);
  });
}

inline void nadam(const UpdateStep& s) {
  const V ofMomentum = rounded(s.scalars[0]), ofGradient = rounded(s.scalars[1]);
  const V correction = rounded(s.scalars[4]), epsilon = rounded(s.scalars[5]);
  const Average first(s.scalars[2]), second(s.scalars[3]);
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V m = first(s.vectors[0] + at, g, lanes);
    const V v = second(s.vectors[1] + at, g * g, lanes);
    return fma(ofMomentum, m, ofGradient * g) / (squareRoot(v * correction) + epsilon);
  });
}

inline void lion(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]), beta1 = rounded(s.scalars[1]), rest1 = rounded(1 - s.scalars[1]);
  const Average second(s.scalars[2]);
  updateWeights(s, [&](i64 at, i64 lanes, V g) {
    const V direction = fma(beta1, loadLanes(s.vectors[0] + at, lanes), rest1 * g);
    second(s.vectors[0] + at, g, lanes);
    return rate * signOf(direction);
  });
}

inline void averageWeights(const UpdateStep& s) {
  const Average average(s.scalars[0]);
  forLanes(s.count, [&](i64 at, i64 lanes) {
    average(s.vectors[0] + at, loadLanes(s.parameters + at, lanes), lanes);
  });
}

// g += l1·sign(p) + 2·l2·p.
inline void penaltyGradient(const UpdateStep& s) {
  const V l1 = rounded(s.scalars[0]), l2 = rounded(2 * s.scalars[1]);
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V p = loadLanes(s.parameters + at, lanes);
    storeLanes(s.gradient + at, loadLanes(s.gradient + at, lanes) + fma(l1, signOf(p), l2 * p), lanes);
  });
}

inline void nonNegative(const UpdateStep& s) {
  // A NaN, the second operand, survives.
  forLanes(s.count, [&](i64 at, i64 lanes) {
    storeLanes(s.parameters + at, max(zero(), loadLanes(s.parameters + at, lanes)), lanes);
  });
}

// The factor that moves a vector of that squared length into its bounds.
inline double scaleOfNorm(double squares, const double* scalars) {
  const double min = scalars[2], max = scalars[3], rate = scalars[4], epsilon = scalars[5];
  const double norm = std::sqrt(squares);
  const double bounded = norm < min ? min : norm > max ? max : norm;
  return (rate * bounded + (1 - rate) * norm) / (norm + epsilon);
}

// The weight (outer, reduced, inner), 16 vectors along the middle at a time.
inline void boundedNorm(const UpdateStep& s) {
  const i64 reduced = static_cast<i64>(s.scalars[0]), inner = static_cast<i64>(s.scalars[1]);
  for (i64 outer = 0; outer < s.count; outer += reduced * inner)
    forLanes(inner, [&](i64 column, i64 lanes) {
      float* const first = s.parameters + outer + column;
      D squares = widen(zero());
      for (i64 i = 0; i < reduced; i++) {
        const D w = widen(loadLanes(first + i * inner, lanes));
        squares = squares + w * w;
      }
      double scales[kLanes];
      store(scales, squares);
      for (double& scale : scales) scale = scaleOfNorm(scale, s.scalars);
      const V scale = narrow(load(scales));
      for (i64 i = 0; i < reduced; i++)
        storeLanes(first + i * inner, loadLanes(first + i * inner, lanes) * scale, lanes);
    });
}

// By position in kUpdateSpecs.
const UpdateFunction updateFunctions[] = {sgd,  rmsprop, adagrad,        adadelta,        adam,        adamax,
                                          nadam, lion,    averageWeights, penaltyGradient, nonNegative, boundedNorm};

// Lane i with i + 8, then + 4, + 2, + 1.
LOCKSTEP_INLINE double addLanes(D a) {
  double lanes[kLanes];
  store(lanes, a);
  for (i64 half = kLanes / 2; half > 0; half /= 2)
    for (i64 i = 0; i < half; i++) lanes[i] += lanes[i + half];
  return lanes[0];
}

// Σ x² or Σ |x| in float64, by position in sumTerms of src/shared/kernels/updates.ts.
inline double sumOf(SumTerm term, const float* x, i64 count) {
  D sum = widen(zero());
  forLanes(count, [&](i64 at, i64 lanes) {
    const V value = loadLanes(x + at, lanes);
    const D wide = widen(value);
    sum = sum + (term == SumTerm::squares ? wide * wide : widen(absolute(value)));
  });
  return addLanes(sum);
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
