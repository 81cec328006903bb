// Batch normalization over the whole global batch: each shard's sums in float64, the statistics that every rank adds
// from all of them in tree order, and what is formed with those. Records are (inner, channels).
#pragma once

#include "arguments.h"
#include "../activation/kernels.h"
#include "../../doubles.h"
#include "../../fold.h"
#include "../../sums.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// Channels of several positions are taken together as one record of at least 64 elements, so that few channels fill
// whole vectors too. A law of the format of results: it decides in which order positions are added.
LOCKSTEP_INLINE i64 recordOf(i64 channels) {
  i64 positions = 1;
  while (positions * channels < 64 || (channels < 64 && positions * channels % kLanes != 0)) positions *= 2;
  return positions * channels;
}

// Arrays of doubles over one record, behind each other in scratch memory; enough for any of these kernels.
constexpr int kRecordArrays = 4;
LOCKSTEP_INLINE i64 recordDoubles(i64 channels) { return roundUp(recordOf(channels), kLanes); }
LOCKSTEP_INLINE double* recordArray(const Context& context, i64 channels, int number) {
  return reinterpret_cast<double*>(context.scratch) + number * recordDoubles(channels);
}

template <class Arguments>
i64 batchNormScratch(const Arguments& a, Capacity) {
  return 2 * kRecordArrays * recordDoubles(a.channels);
}

// Repeats the values of the channels over the record.
inline void repeatOver(i64 channels, double* values) {
  const i64 record = recordOf(channels), width = recordDoubles(channels);
  for (i64 e = channels; e < record; e++) values[e] = values[e - channels];
  for (i64 e = record; e < width; e++) values[e] = 0;
}

// Calls body(element, column, lanes) for all elements of the pass's rows, counted from its first; column is the place
// in the record.
template <class Body>
LOCKSTEP_INLINE void eachElement(const Context& context, i64 inner, i64 channels, Body body) {
  const i64 record = recordOf(channels), count = context.pass.rows * inner * channels;
  for (i64 first = 0; first < count; first += record)
    forLanes(smaller(record, count - first), [&](i64 column, i64 lanes) { body(first + column, column, lanes); });
}

// Sets sums[c] and sums[channels + c] to the sums of two terms over `count` elements of whole positions:
// terms(element, column, lanes, first, second) gives both, zero in the lanes beyond.
template <class Terms>
LOCKSTEP_INLINE void sumChannels(const Context& context, i64 count, i64 channels, double* sums, Terms terms) {
  const i64 record = recordOf(channels), width = recordDoubles(channels);
  double *firsts = recordArray(context, channels, 2), *seconds = recordArray(context, channels, 3);
  for (i64 e = 0; e < width; e++) firsts[e] = seconds[e] = 0;
  // Records that the first-level cache holds pass column by column with the sums in registers.
  const i64 block = larger(8, 4096 / record) * record;
  for (i64 from = 0; from < count; from += block) {
    const i64 end = smaller(count, from + block);
    for (i64 column = 0; column < record; column += kLanes) {
      D firstSum = load(firsts + column), secondSum = load(seconds + column);
      for (i64 at = from + column; at < end; at += record) {
        D first, second;
        terms(at, column, smaller(record - column, end - at), first, second);
        firstSum = firstSum + first;
        secondSum = secondSum + second;
      }
      store(firsts + column, firstSum);
      store(seconds + column, secondSum);
    }
  }
  for (i64 c = 0; c < channels; c++) {
    double first = 0, second = 0;
    for (i64 e = c; e < record; e += channels) first += firsts[e], second += seconds[e];
    sums[c] = first;
    sums[channels + c] = second;
  }
}

// Calls body(sums, firstElement, elements) for each of the rank's shards: its sums, its elements counted from the
// rank's first.
template <class Body>
LOCKSTEP_INLINE void eachShard(const Context& context, i64 rowSize, Body body) {
  const Pass& pass = context.pass;
  for (i64 shard = 0; shard < pass.shards; shard++) {
    const i64 first = pass.shardRows[shard] * rowSize, end = pass.shardRows[shard + 1] * rowSize;
    body(context.sums + shard * context.sumCount, first, end - first);
  }
}

// The mean over the whole batch of a sum that every shard has.
inline double batchMean(const Context& context, i64 sum, i64 inner) {
  return batchSum(context, sum) / static_cast<double>(context.pass.batchRows * inner);
}

struct ChannelStatistics {
  double mean, variance;
};

// From the sums of x and x². The variance is the biased one, and rounding does not make it negative.
inline ChannelStatistics statisticsOf(const Context& context, i64 sum, i64 inner, i64 channels, i64 c) {
  const double mean = batchMean(context, sum + c, inner);
  const double variance = batchMean(context, sum + channels + c, inner) - mean * mean;
  return {mean, variance < 0 ? 0 : variance};
}

LOCKSTEP_INLINE double inverseRoot(double variance, double epsilon) { return 1 / __builtin_sqrt(variance + epsilon); }

// Element c of a parameter, or `absent` where the layer has none.
LOCKSTEP_INLINE double parameterOr(const Context& context, i64 offset, i64 c, double absent) {
  return offset < 0 ? absent : context.parameters[offset + c];
}

// y = x · factor + shift, (inner, channels) a row; factors and shifts are the record arrays 0 and 1.
inline void scaleAndShift(const Context& context, i64 x, i64 y, i64 inner, i64 channels) {
  double *factors = recordArray(context, channels, 0), *shifts = recordArray(context, channels, 1);
  repeatOver(channels, factors);
  repeatOver(channels, shifts);
  const i64 first = context.pass.firstRow * inner * channels;
  const float* from = context.arena + x + first;
  float* to = context.arena + y + first;
  eachElement(context, inner, channels, [&](i64 at, i64 column, i64 lanes) {
    const D value = widen(loadLanes(from + at, lanes)) * load(factors + column) + load(shifts + column);
    storeLanes(to + at, narrow(value), lanes);
  });
}

// Sums of each shard: Σ x and Σ x² of each channel.
inline void batchNormSums(const Context& context, const BatchNormSums& a) {
  const float* x = context.arena + a.x + context.pass.firstRow * a.inner * a.channels;
  eachShard(context, a.inner * a.channels, [&](double* sums, i64 from, i64 count) {
    sumChannels(context, count, a.channels, sums + a.sum, [&](i64 at, i64, i64 lanes, D& first, D& second) {
      first = widen(loadLanes(x + from + at, lanes));
      second = first * first;
    });
  });
}

// y = gamma · (x − mean) / √(variance + epsilon) + beta with the statistics of the batch.
inline void batchNormForward(const Context& context, const BatchNormForward& a) {
  double *factors = recordArray(context, a.channels, 0), *shifts = recordArray(context, a.channels, 1);
  for (i64 c = 0; c < a.channels; c++) {
    const ChannelStatistics s = statisticsOf(context, a.sum, a.inner, a.channels, c);
    factors[c] = parameterOr(context, a.gamma, c, 1) * inverseRoot(s.variance, a.epsilon);
    shifts[c] = parameterOr(context, a.beta, c, 0) - s.mean * factors[c];
  }
  scaleAndShift(context, a.x, a.y, a.inner, a.channels);
}

// The same with the moving statistics.
inline void batchNormInference(const Context& context, const BatchNormInference& a) {
  double *factors = recordArray(context, a.channels, 0), *shifts = recordArray(context, a.channels, 1);
  for (i64 c = 0; c < a.channels; c++) {
    const double mean = context.parameters[a.mean + c], variance = context.parameters[a.variance + c];
    factors[c] = parameterOr(context, a.gamma, c, 1) * inverseRoot(variance, a.epsilon);
    shifts[c] = parameterOr(context, a.beta, c, 0) - mean * factors[c];
  }
  scaleAndShift(context, a.x, a.y, a.inner, a.channels);
}

// dx = gamma / √(variance + epsilon) · dy with the moving variance.
inline void batchNormFrozenGradient(const Context& context, const BatchNormFrozenGradient& a) {
  double *factors = recordArray(context, a.channels, 0), *shifts = recordArray(context, a.channels, 1);
  for (i64 c = 0; c < a.channels; c++) {
    const double variance = context.parameters[a.variance + c];
    factors[c] = parameterOr(context, a.gamma, c, 1) * inverseRoot(variance, a.epsilon);
    shifts[c] = 0;
  }
  scaleAndShift(context, a.dy, a.dx, a.inner, a.channels);
}

// Folds a sum of each channel of each shard, rounded to float32, into the slabs of the published nodes.
inline void publishSums(const Context& context, i64 parameter, i64 channels, i64 sum) {
  if (parameter < 0) return;
  for (i64 c = 0; c < channels; c++) {
    const double* shardSum = context.sums + sum + c;
    for (i64 n = 0; n < context.pass.publishedCount; n++) {
      const PublishedNode& node = context.pass.published[n];
      float stack[kFoldDepth];
      i64 depth = 0;
      for (i64 l = 0; l < node.leafCount; l++, shardSum += context.sumCount) {
        stack[depth++] = static_cast<float>(*shardSum);
        for (i64 merges = node.leaves[l].merges; merges > 0; merges--, depth--) stack[depth - 2] += stack[depth - 1];
      }
      node.slab[parameter + c] = stack[0];
    }
  }
}

// Sums of each shard: Σ dy and Σ dy·x̂ of each channel, x̂ the normalized x. Slabs: dbeta and dgamma.
inline void batchNormGradientSums(const Context& context, const BatchNormGradientSums& a) {
  double *means = recordArray(context, a.channels, 0), *scales = recordArray(context, a.channels, 1);
  for (i64 c = 0; c < a.channels; c++) {
    const ChannelStatistics s = statisticsOf(context, a.sum, a.inner, a.channels, c);
    means[c] = s.mean;
    scales[c] = inverseRoot(s.variance, a.epsilon);
  }
  repeatOver(a.channels, means);
  const i64 first = context.pass.firstRow * a.inner * a.channels;
  const float *x = context.arena + a.x + first, *dy = context.arena + a.dy + first;
  eachShard(context, a.inner * a.channels, [&](double* sums, i64 from, i64 count) {
    double* gradientSums = sums + a.gradientSum;
    sumChannels(context, count, a.channels, gradientSums, [&](i64 at, i64 column, i64 lanes, D& plain, D& centred) {
      plain = widen(loadLanes(dy + from + at, lanes));
      centred = plain * (widen(loadLanes(x + from + at, lanes)) - load(means + column));
    });
    for (i64 c = 0; c < a.channels; c++) gradientSums[a.channels + c] *= scales[c];
  });
  publishSums(context, a.beta, a.channels, a.gradientSum);
  publishSums(context, a.gamma, a.channels, a.gradientSum + a.channels);
}

// dx = gamma / √(variance + epsilon) · (dy − mean(dy) − x̂ · mean(dy·x̂)) ∘ activation′(x): a multiple of dy, one of x
// and a constant for each channel.
inline void batchNormInputGradient(const Context& context, const BatchNormInputGradient& a) {
  double* ofDy = recordArray(context, a.channels, 0);
  double *ofX = recordArray(context, a.channels, 1), *constants = recordArray(context, a.channels, 2);
  for (i64 c = 0; c < a.channels; c++) {
    const ChannelStatistics s = statisticsOf(context, a.sum, a.inner, a.channels, c);
    const double scale = inverseRoot(s.variance, a.epsilon);
    const double meanDy = batchMean(context, a.gradientSum + c, a.inner);
    const double meanProduct = batchMean(context, a.gradientSum + a.channels + c, a.inner);
    ofDy[c] = parameterOr(context, a.gamma, c, 1) * scale;
    ofX[c] = -(ofDy[c] * scale * meanProduct);
    constants[c] = -(ofDy[c] * meanDy + ofX[c] * s.mean);
  }
  repeatOver(a.channels, ofDy);
  repeatOver(a.channels, ofX);
  repeatOver(a.channels, constants);
  const i64 first = context.pass.firstRow * a.inner * a.channels;
  const float *x = context.arena + a.x + first, *dy = context.arena + a.dy + first;
  float* dx = context.arena + a.dx + first;
  withActivation(a.activation, [&](auto activation) {
    eachElement(context, a.inner, a.channels, [&](i64 at, i64 column, i64 lanes) {
      const V y = loadLanes(x + at, lanes);
      const D ofBoth = widen(loadLanes(dy + at, lanes)) * load(ofDy + column) + widen(y) * load(ofX + column);
      storeLanes(dx + at, activation.slope(narrow(ofBoth + load(constants + column)), y), lanes);
    });
  });
}

// mean and variance ← momentum · themselves + (1 − momentum) · the batch's.
inline void batchNormAverages(const Context& context, const BatchNormAverages& a) {
  const auto move = [&](float& average, double value) {
    average = static_cast<float>(a.momentum * average + (1 - a.momentum) * value);
  };
  for (i64 c = 0; c < a.channels; c++) {
    const ChannelStatistics s = statisticsOf(context, a.sum, a.inner, a.channels, c);
    move(context.parameters[a.mean + c], s.mean);
    move(context.parameters[a.variance + c], s.variance);
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
