// Layer normalization: each group of `size` elements by its own mean and variance. A row is (groups, size).
#pragma once

#include "arguments.h"
#include "../../foldColumns.h"
#include "../softmax/kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// 16 elements of gamma or beta, or what stands in for an absent one.
LOCKSTEP_INLINE V weightsOr(const Context& context, i64 offset, i64 at, i64 lanes, float absent) {
  return offset < 0 ? broadcast(absent) : loadLanes(context.parameters + offset + at, lanes);
}

// y = gamma · (x − mean) / √(variance + epsilon) + beta; statistics gains mean and 1/√(variance + epsilon).
inline void layerNormForward(const Context& context, const LayerNormForward& a) {
  const V size = broadcast(static_cast<float>(a.size)), epsilon = broadcast(static_cast<float>(a.epsilon));
  const V numbers = laneNumbers();
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float* x = context.arena + a.x + group * a.size;
    float* y = context.arena + a.y + group * a.size;
    V sum = zero(), squares = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) { sum = sum + loadLanes(x + at, lanes); });
    const V mean = broadcast(sumOfLanes(sum)) / size;
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V centred = loadOr(x + at, lanes, mean, numbers) - mean;
      squares = fma(centred, centred, squares);
    });
    const V scale = broadcast(1.0f) / squareRoot(broadcast(sumOfLanes(squares)) / size + epsilon);
    storePart(context.arena + a.statistics + 2 * group, mean, 1);
    storePart(context.arena + a.statistics + 2 * group + 1, scale, 1);
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V normalized = (loadLanes(x + at, lanes) - mean) * scale;
      const V beta = weightsOr(context, a.beta, at, lanes, 0.0f);
      storeLanes(y + at, fma(weightsOr(context, a.gamma, at, lanes, 1.0f), normalized, beta), lanes);
    });
  }
}

// dx = (g − mean(g) − x̂ · mean(g·x̂)) / √(variance + epsilon) with g = gamma · dy.
inline void layerNormInputGradient(const Context& context, const LayerNormInputGradient& a) {
  const V size = broadcast(static_cast<float>(a.size));
  const i64 first = context.pass.firstRow * a.groups;
  for (i64 group = first; group < first + context.pass.rows * a.groups; group++) {
    const float *x = context.arena + a.x + group * a.size, *dy = context.arena + a.dy + group * a.size;
    float* dx = context.arena + a.dx + group * a.size;
    const float* statistics = context.arena + a.statistics + 2 * group;
    const V mean = broadcast(statistics[0]), scale = broadcast(statistics[1]);
    const auto gradient = [&](i64 at, i64 lanes) {
      return loadLanes(dy + at, lanes) * weightsOr(context, a.gamma, at, lanes, 1.0f);
    };
    const auto normalized = [&](i64 at, i64 lanes) { return (loadLanes(x + at, lanes) - mean) * scale; };
    V sum = zero(), product = zero();
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V g = gradient(at, lanes);
      sum = sum + g;
      product = fma(g, normalized(at, lanes), product);
    });
    const V meanGradient = broadcast(sumOfLanes(sum)) / size, meanProduct = broadcast(sumOfLanes(product)) / size;
    forLanes(a.size, [&](i64 at, i64 lanes) {
      const V centred = gradient(at, lanes) - meanGradient - normalized(at, lanes) * meanProduct;
      storeLanes(dx + at, centred * scale, lanes);
    });
  }
}

// Slab: dgamma = Σ dy·x̂ and dbeta = Σ dy over rows and groups.
inline void layerNormWeightGradient(const Context& context, const LayerNormWeightGradient& a) {
  const i64 first = context.pass.firstRow * a.groups;
  const float *x = context.arena + a.x + first * a.size, *dy = context.arena + a.dy + first * a.size;
  const float* statistics = context.arena + a.statistics + 2 * first;
  const auto gradient = [&](i64 group, i64 at, i64 lanes) { return widen(loadLanes(dy + group * a.size + at, lanes)); };
  if (a.gamma >= 0)
    foldColumns(context, a.gamma, a.size, [&](i64 row, i64 rows, i64 at, i64 lanes) {
      D sum = zeroD();
      for (i64 group = row * a.groups; group < (row + rows) * a.groups; group++) {
        const V centred = loadLanes(x + group * a.size + at, lanes) - broadcast(statistics[2 * group]);
        sum = sum + gradient(group, at, lanes) * widen(centred * broadcast(statistics[2 * group + 1]));
      }
      return sum;
    });
  if (a.beta >= 0)
    foldColumns(context, a.beta, a.size, [&](i64 row, i64 rows, i64 at, i64 lanes) {
      D sum = zeroD();
      for (i64 group = row * a.groups; group < (row + rows) * a.groups; group++)
        sum = sum + gradient(group, at, lanes);
      return sum;
    });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
