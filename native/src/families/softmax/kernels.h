// Softmax over the last axis.
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../sums.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE V loadOr(const float* p, i64 lanes, V filler, const V& laneNumbers) {
  if (lanes >= kLanes) return load(p);
  return select(less(laneNumbers, broadcast(static_cast<float>(lanes))), loadPart(p, lanes), filler);
}

// The largest of x (size); NaN where there is one.
LOCKSTEP_INLINE V largestOf(const float* x, i64 size) {
  const V lowest = broadcast(-__builtin_inff()), numbers = laneNumbers();
  V largest = lowest, nan = zero();
  forLanes(size, [&](i64 at, i64 lanes) {
    const V value = loadOr(x + at, lanes, lowest, numbers);
    largest = max(value, largest);
    nan = select(isNan(value), value, nan);
  });
  const float spoilt = sumOfLanes(nan);
  return broadcast(spoilt == 0.0f ? maxOfLanes(largest) : spoilt);
}

// y = e^(x − max) of one group (size); returns their sum.
LOCKSTEP_INLINE float exponentialsOf(const float* x, float* y, i64 size, V largest) {
  const V numbers = laneNumbers();
  V sum = zero();
  forLanes(size, [&](i64 at, i64 lanes) {
    const V e = exponential(loadLanes(x + at, lanes) - largest);
    storeLanes(y + at, e, lanes);
    sum = sum + (lanes == kLanes ? e : select(less(numbers, broadcast(static_cast<float>(lanes))), e, zero()));
  });
  return sumOfLanes(sum);
}

// y = softmax(x) over the last axis of (groups, size) a row.
inline void softmaxForward(const Context& context, const SoftmaxForward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float* x = context.arena + a.x + group * a.size;
    float* y = context.arena + a.y + group * a.size;
    const V sum = broadcast(exponentialsOf(x, y, a.size, largestOf(x, a.size)));
    forLanes(a.size, [&](i64 at, i64 lanes) { storeLanes(y + at, loadLanes(y + at, lanes) / sum, lanes); });
  }
}

// dx = y ∘ (dy − Σ dy∘y) over the last axis of (groups, size) a row.
inline void softmaxBackward(const Context& context, const SoftmaxBackward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float *y = context.arena + a.y + group * a.size, *dy = context.arena + a.dy + group * a.size;
    float* dx = context.arena + a.dx + group * a.size;
    V products = zero();
    forLanes(a.size,
             [&](i64 at, i64 lanes) { products = fma(loadLanes(dy + at, lanes), loadLanes(y + at, lanes), products); });
    const V dot = broadcast(sumOfLanes(products));
    forLanes(a.size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, loadLanes(y + at, lanes) * (loadLanes(dy + at, lanes) - dot), lanes);
    });
  }
}

// y (heads, queries, keys) = softmax over the keys that are there. A key that is not has the score −10⁹, as in Keras.
inline void maskedSoftmaxForward(const Context& context, const MaskedSoftmaxForward& a) {
  const V masked = broadcast(-1e9f), numbers = laneNumbers();
  const i64 rowGroups = a.heads * a.queries;
  const i64 firstGroup = context.pass.firstRow * rowGroups;
  for (i64 group = firstGroup; group < firstGroup + context.pass.rows * rowGroups; group++) {
    const float* x = context.arena + a.x + group * a.keys;
    const float* mask = a.mask < 0 ? nullptr : context.arena + a.mask + group / rowGroups * a.keys;
    float* y = context.arena + a.y + group * a.keys;
    const i64 seen = a.causal ? group % a.queries + 1 : a.keys;
    forLanes(a.keys, [&](i64 at, i64 lanes) {
      V score = loadLanes(x + at, lanes);
      if (mask) score = select(equal(loadLanes(mask + at, lanes), zero()), masked, score);
      storeLanes(y + at, select(less(numbers, broadcast(static_cast<float>(seen - at))), score, masked), lanes);
    });
    const V sum = broadcast(exponentialsOf(y, y, a.keys, largestOf(y, a.keys)));
    forLanes(a.keys, [&](i64 at, i64 lanes) { storeLanes(y + at, loadLanes(y + at, lanes) / sum, lanes); });
  }
}

// y = x − max − ln Σ e^(x − max) over the last axis of (groups, size) a row. y must not be x.
inline void logSoftmaxForward(const Context& context, const LogSoftmaxForward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float* x = context.arena + a.x + group * a.size;
    float* y = context.arena + a.y + group * a.size;
    const V largest = largestOf(x, a.size);
    const V logSum = logarithm(broadcast(exponentialsOf(x, y, a.size, largest)));
    forLanes(a.size, [&](i64 at, i64 lanes) { storeLanes(y + at, loadLanes(x + at, lanes) - largest - logSum, lanes); });
  }
}

// dx = dy − e^y · Σ dy over the last axis of (groups, size) a row.
inline void logSoftmaxBackward(const Context& context, const LogSoftmaxBackward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float *y = context.arena + a.y + group * a.size, *dy = context.arena + a.dy + group * a.size;
    float* dx = context.arena + a.dx + group * a.size;
    V gradients = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) { gradients = gradients + loadLanes(dy + at, lanes); });
    const V sum = broadcast(sumOfLanes(gradients));
    forLanes(a.size, [&](i64 at, i64 lanes) {
      storeLanes(dx + at, loadLanes(dy + at, lanes) - exponential(loadLanes(y + at, lanes)) * sum, lanes);
    });
  }
}

// The number that sparsemax takes from x (size): Σ max(x − tau, 0) = 1. Of the elements above tau, fewer each time, Michelot,
// "A finite algorithm for finding the projection of a point onto the canonical simplex of Rⁿ", 1986.
inline float sparsemaxThreshold(const float* x, i64 size, V largest) {
  float tau = -__builtin_inff();
  for (float before = 0, support = -1;;) {
    V sum = zero(), count = zero();
    forLanes(size, [&](i64 at, i64 lanes) {
      const V value = onlyLanes(loadLanes(x + at, lanes) - largest, lanes, broadcast(-__builtin_inff()));
      const Mask isAbove = less(broadcast(tau), value);
      sum = sum + select(isAbove, value, zero());
      count = count + select(isAbove, broadcast(1.0f), zero());
    });
    before = support;
    support = sumOfLanes(count);
    if (support == before || support == 0.0f) return tau;
    tau = (sumOfLanes(sum) - 1.0f) / support;
  }
}

// y = max(x − max − tau, 0) over the last axis of (groups, size) a row.
inline void sparsemaxForward(const Context& context, const SparsemaxForward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float* x = context.arena + a.x + group * a.size;
    float* y = context.arena + a.y + group * a.size;
    const V largest = largestOf(x, a.size);
    const V tau = broadcast(sparsemaxThreshold(x, a.size, largest));
    forLanes(a.size, [&](i64 at, i64 lanes) {
      storeLanes(y + at, max(zero(), loadLanes(x + at, lanes) - largest - tau), lanes);
    });
  }
}

// dx = dy − its mean over the elements where y is above 0, and 0 elsewhere.
inline void sparsemaxBackward(const Context& context, const SparsemaxBackward& a) {
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float *y = context.arena + a.y + group * a.size, *dy = context.arena + a.dy + group * a.size;
    float* dx = context.arena + a.dx + group * a.size;
    V sum = zero(), count = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const Mask isThere = less(zero(), loadLanes(y + at, lanes));
      sum = sum + select(isThere, loadLanes(dy + at, lanes), zero());
      count = count + select(isThere, broadcast(1.0f), zero());
    });
    const V mean = broadcast(sumOfLanes(sum) / sumOfLanes(count));
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V own = loadLanes(dy + at, lanes) - mean;
      storeLanes(dx + at, select(less(zero(), loadLanes(y + at, lanes)), own, zero()), lanes);
    });
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
