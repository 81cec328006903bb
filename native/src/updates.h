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

// The gradient as an update takes it: scaled, then clipped.
struct Treatment {
  V scale, most, least, loss;
  LOCKSTEP_INLINE explicit Treatment(const UpdateStep& s)
      : scale(rounded(s.gradientScale)), most(rounded(s.clip)), least(rounded(-s.clip)), loss(rounded(-s.weightLoss)) {}
  // The gradient is the second operand, so that a NaN in it survives.
  LOCKSTEP_INLINE V gradient(V given) const { return max(least, min(most, given * scale)); }
  // What decay leaves of a weight.
  LOCKSTEP_INLINE V weight(V p) const { return fma(loss, p, p); }
};

// p ← next(at, lanes, g, p) with g the gradient and p what decay leaves of the weight.
template <class Next>
LOCKSTEP_INLINE void moveWeights(const UpdateStep& s, Next next) {
  const Treatment treated(s);
  V probe = zero();
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V gradient = loadLanes(s.gradient + at, lanes);
    const V moved = next(at, lanes, treated.gradient(gradient), treated.weight(loadLanes(s.parameters + at, lanes)));
    storeLanes(s.parameters + at, moved, lanes);
    probe = probe + (nothingOf(gradient) + nothingOf(onlyLanes(moved, lanes)));
  });
  s.isFinite = isNothing(probe);
}

// p ← what decay leaves of p, minus change(at, lanes, g).
template <class Change>
LOCKSTEP_INLINE void updateWeights(const UpdateStep& s, Change change) {
  moveWeights(s, [&](i64 at, i64 lanes, V g, V p) { return p - change(at, lanes, g); });
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

// x^exponent of x ≥ 0.
LOCKSTEP_INLINE V positivePower(V x, double exponent) {
  if (exponent == 0.5) return squareRoot(x);
  return select(equal(x, zero()), rounded(exponent == 0 ? 1 : 0), exponential(rounded(exponent) * logarithm(x)));
}

inline void ftrl(const UpdateStep& s) {
  const double power = s.scalars[1];
  const V rate = rounded(s.scalars[0]), l1 = rounded(s.scalars[2]), l2 = rounded(2 * s.scalars[3]);
  const V shrinkage = rounded(2 * s.scalars[4]);
  moveWeights(s, [&](i64 at, i64 lanes, V g, V p) {
    const V before = loadLanes(s.vectors[0] + at, lanes), after = fma(g, g, before);
    const V root = positivePower(after, power) / rate, last = positivePower(before, power) / rate;
    const V linear = loadLanes(s.vectors[1] + at, lanes) + (fma(shrinkage, p, g) - (root - last) * p);
    storeLanes(s.vectors[0] + at, after, lanes);
    storeLanes(s.vectors[1] + at, linear, lanes);
    // Where nothing was ever accumulated there is nothing to go by.
    const V divisor = root + l2;
    return select(equal(divisor, zero()), p, (max(negative(l1), min(l1, linear)) - linear) / divisor);
  });
}

// The momentum's point z lies `offset` from the weight.
inline void scheduleFreeAdamW(const UpdateStep& s) {
  const V rate = rounded(s.scalars[0]), rest1 = rounded(1 - s.scalars[1]), correction = rounded(s.scalars[3]);
  const V epsilon = rounded(s.scalars[4]), keep = rounded(1 - s.scalars[5]);
  const V ofPoint = rounded(1 - s.scalars[1] + s.scalars[5] * s.scalars[1]);
  const Average second(s.scalars[2]);
  moveWeights(s, [&](i64 at, i64 lanes, V g, V p) {
    const V z = loadLanes(s.parameters + at, lanes) + loadLanes(s.vectors[0] + at, lanes);
    const V v = second(s.vectors[1] + at, g * g, lanes);
    const V next = z - rate * g / (squareRoot(v * correction) + epsilon);
    const V y = fma(ofPoint, next, keep * (p - rest1 * z));
    storeLanes(s.vectors[0] + at, next - y, lanes);
    return y;
  });
}

LOCKSTEP_INLINE double addLanes(D a);

// Of a whole weight: the direction of Adam takes the place of the gradient, until its length is known.
inline void lamb(const UpdateStep& s) {
  const Average first(s.scalars[1]), second(s.scalars[2]);
  const V correction1 = rounded(s.scalars[3]), correction2 = rounded(s.scalars[4]), epsilon = rounded(s.scalars[5]);
  const Treatment treated(s);
  D squares = widen(zero()), weights = widen(zero());
  V probe = zero();
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V gradient = loadLanes(s.gradient + at, lanes), g = treated.gradient(gradient);
    const V p = treated.weight(loadLanes(s.parameters + at, lanes));
    const V m = first(s.vectors[0] + at, g, lanes), v = second(s.vectors[1] + at, g * g, lanes);
    const V direction = onlyLanes(m * correction1 / (squareRoot(v * correction2) + epsilon), lanes);
    storeLanes(s.gradient + at, direction, lanes);
    const D wide = widen(direction), weight = widen(p);
    squares = squares + wide * wide;
    weights = weights + weight * weight;
    probe = probe + nothingOf(gradient);
  });
  const double ofDirection = std::sqrt(addLanes(squares)), ofWeight = std::sqrt(addLanes(weights));
  const V step = rounded(s.scalars[0] * (ofDirection > 0 && ofWeight > 0 ? ofWeight / ofDirection : 1));
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V p = treated.weight(loadLanes(s.parameters + at, lanes));
    const V next = p - step * loadLanes(s.gradient + at, lanes);
    storeLanes(s.parameters + at, next, lanes);
    probe = probe + nothingOf(onlyLanes(next, lanes));
  });
  s.isFinite = isNothing(probe);
}

// keep · a + (1 − keep) · x.
LOCKSTEP_INLINE float averaged(float a, double keep, double x) {
  return static_cast<float>(keep * static_cast<double>(a) + (1 - keep) * x);
}

// Of a whole weight, an array of matrices: the roots of the factored averages of g² divide the gradient, in its place.
// Returns Σ of the squares of what it becomes.
inline double factoredDirection(const UpdateStep& s, i64 rows, i64 columns) {
  const double keep = s.scalars[3], epsilon = s.scalars[1];
  const Treatment treated(s);
  D squares = widen(zero());
  for (i64 matrix = 0; matrix < s.count / (rows * columns); matrix++) {
    float* const gradient = s.gradient + matrix * rows * columns;
    float *const ofRows = s.vectors[0] + matrix * rows, *const ofColumns = s.vectors[1] + matrix * columns;
    double mean = 0;
    for (i64 row = 0; row < rows; row++) {
      D sum = widen(zero());
      forLanes(columns, [&](i64 at, i64 lanes) {
        const V g = treated.gradient(loadLanes(gradient + row * columns + at, lanes));
        const D wide = widen(onlyLanes(g, lanes));
        sum = sum + wide * wide;
      });
      ofRows[row] = averaged(ofRows[row], keep, addLanes(sum) / static_cast<double>(columns) + epsilon);
      mean += static_cast<double>(ofRows[row]);
    }
    mean /= static_cast<double>(rows);
    forLanes(columns, [&](i64 at, i64 lanes) {
      D sum = widen(zero());
      for (i64 row = 0; row < rows; row++) {
        const D wide = widen(treated.gradient(loadLanes(gradient + row * columns + at, lanes)));
        sum = sum + wide * wide;
      }
      double sums[kLanes];
      store(sums, sum);
      for (i64 lane = 0; lane < lanes; lane++)
        ofColumns[at + lane] = averaged(ofColumns[at + lane], keep, sums[lane] / static_cast<double>(rows) + epsilon);
    });
    for (i64 row = 0; row < rows; row++) {
      const V share = rounded(static_cast<double>(ofRows[row]) / mean);
      forLanes(columns, [&](i64 at, i64 lanes) {
        float* const place = gradient + row * columns + at;
        const V g = treated.gradient(loadLanes(place, lanes));
        const V direction = onlyLanes(g / squareRoot(share * loadLanes(ofColumns + at, lanes)), lanes);
        storeLanes(place, direction, lanes);
        const D wide = widen(direction);
        squares = squares + wide * wide;
      });
    }
  }
  return addLanes(squares);
}

// The same of a weight of one axis, whose averages are kept whole.
inline double plainDirection(const UpdateStep& s) {
  const Average average(s.scalars[3]);
  const Treatment treated(s);
  const V epsilon = rounded(s.scalars[1]);
  D squares = widen(zero());
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V g = treated.gradient(loadLanes(s.gradient + at, lanes));
    const V direction = onlyLanes(g / squareRoot(average(s.vectors[0] + at, fma(g, g, epsilon), lanes)), lanes);
    storeLanes(s.gradient + at, direction, lanes);
    const D wide = widen(direction);
    squares = squares + wide * wide;
  });
  return addLanes(squares);
}

inline void adafactor(const UpdateStep& s) {
  const i64 rows = static_cast<i64>(s.scalars[5]), columns = static_cast<i64>(s.scalars[6]);
  const double count = static_cast<double>(s.count), most = s.scalars[4];
  const double squares = rows > 0 ? factoredDirection(s, rows, columns) : plainDirection(s);
  const Treatment treated(s);
  D weights = widen(zero());
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const D wide = widen(treated.weight(loadLanes(s.parameters + at, lanes)));
    weights = weights + wide * wide;
  });
  const double size = std::sqrt(addLanes(weights) / count), length = std::sqrt(squares / count) / most;
  const double rate = s.scalars[0] * (size > s.scalars[2] ? size : s.scalars[2]);
  const V step = rounded(length > 1 ? rate / length : rate);
  V probe = zero();
  forLanes(s.count, [&](i64 at, i64 lanes) {
    const V direction = loadLanes(s.gradient + at, lanes);
    const V next = treated.weight(loadLanes(s.parameters + at, lanes)) - step * direction;
    storeLanes(s.parameters + at, next, lanes);
    probe = probe + (nothingOf(direction) + nothingOf(onlyLanes(next, lanes)));
  });
  s.isFinite = isNothing(probe);
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
                                          nadam, lion,    ftrl,           scheduleFreeAdamW, lamb,    adafactor,
                                          averageWeights, penaltyGradient, nonNegative, boundedNorm};

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
