// Random noise of training: every draw is Philox keyed by (seed, purpose, layer, step, row) and numbered by its element.
#pragma once

#include "arguments.h"
#include "../../context.h"
#include "../../math.h"
#include "../../philox.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// By name in src/shared/random/rng.ts.
constexpr u32 kDropoutPurpose = 3, kNoisePurpose = 5;

constexpr i64 kWordsAtOnce = 4 * kLanes;

// Calls body(words, first) with 64 draws of the row at a time: words[j] are draws first + 16·j … of `count`.
template <class Body>
LOCKSTEP_INLINE void eachDraw(const Context& context, u32 purpose, i64 layer, i64 row, i64 count, Body body) {
  const u32 stream = (static_cast<u32>(layer) << 8) | purpose;
  for (i64 first = 0; first < count; first += kWordsAtOnce) {
    I words[4];
    drawWords(context.seed, static_cast<u32>(first / 4), static_cast<u32>(row), context.pass.step, stream, words);
    body(words, first);
  }
}

// y = x · scale + shift where the draw keeps the element, else `dropped`; ones stand for an x that is -1. A row is (outer, draws, inner): elements that
// differ only in the first and the last share a draw.
inline void dropout(const Context& context, const Dropout& a) {
  const V scale = broadcast(static_cast<float>(a.scale)), shift = broadcast(static_cast<float>(a.shift));
  const V dropped = broadcast(static_cast<float>(a.dropped));
  // word >>> 8 is the uniform times 2²⁴, so comparing whole numbers is comparing with the rate in float64.
  const I least = broadcastI(static_cast<u32>(__builtin_ceil(a.rate * 16777216.0)));
  const i64 record = a.outer * a.draws * a.inner;
  const auto noisy = [&](const float* x, float* y, I word, i64 lanes) {
    const V kept = fma(x == nullptr ? broadcast(1.0f) : loadLanes(x, lanes), scale, shift);
    storeLanes(y, select(below(shiftRight<8>(word), least), dropped, kept), lanes);
  };
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* x = a.x < 0 ? nullptr : context.arena + a.x + row * record;
    float* y = context.arena + a.y + row * record;
    eachDraw(context, kDropoutPurpose, a.layer, row, a.draws, [&](const I words[4], i64 first) {
      const i64 count = smaller(kWordsAtOnce, a.draws - first);
      u32 single[kWordsAtOnce];
      if (a.inner > 1) std::memcpy(single, words, sizeof single);
      for (i64 group = 0; group < a.outer; group++) {
        const i64 at = (group * a.draws + first) * a.inner;
        if (a.inner == 1)
          forLanes(count, [&](i64 e, i64 lanes) { noisy(x == nullptr ? x : x + at + e, y + at + e, words[e / kLanes], lanes); });
        else
          for (i64 draw = 0; draw < count; draw++)
            forLanes(a.inner, [&](i64 e, i64 lanes) {
              const i64 place = at + draw * a.inner + e;
              noisy(x == nullptr ? x : x + place, y + place, broadcastI(single[draw]), lanes);
            });
      }
    });
  }
}

// How far (k + ½) / 2²⁴ is from ½, exactly, with k the high 24 bits of a word.
LOCKSTEP_INLINE V fromHalf(I word) {
  return (toFloat(shiftRight<8>(word)) - broadcast(8388607.5f)) * broadcast(0x1p-24f);
}

// The standard normal quantile of ½ + fromMiddle: algorithm AS 241 (PPND7) of Wichura, Applied Statistics 37 (1988). Of a
// word, the distances from the middle and from the nearer end are exact in float32.
LOCKSTEP_INLINE V quantileOf(V fromMiddle) {
  const V size = absolute(fromMiddle);
  const V r = broadcast(0.180625f) - size * size;
  V over = broadcast(59.109374720f);
  over = fma(over, r, broadcast(159.29113202f));
  over = fma(over, r, broadcast(50.434271938f));
  over = fma(over, r, broadcast(3.3871327179f));
  V under = broadcast(67.187563600f);
  under = fma(under, r, broadcast(78.757757664f));
  under = fma(under, r, broadcast(17.895169469f));
  under = fma(under, r, broadcast(1.0f));
  const V centre = fromMiddle * over / under;
  // A word leaves at least 2⁻²⁵ to the nearer end, so the far tail of the algorithm is never met.
  const V t = squareRoot(negative(logarithm(broadcast(0.5f) - size))) - broadcast(1.6f);
  over = broadcast(0.17023821103f);
  over = fma(over, t, broadcast(1.3067284816f));
  over = fma(over, t, broadcast(2.7568153900f));
  over = fma(over, t, broadcast(1.4234372777f));
  under = broadcast(0.12021132975f);
  under = fma(under, t, broadcast(0.73700164250f));
  under = fma(under, t, broadcast(1.0f));
  return select(less(broadcast(0.425f), size), copySign(over / under, fromMiddle), centre);
}

LOCKSTEP_INLINE V normalOf(I word) { return quantileOf(fromHalf(word)); }

// The share of a normal distribution within two deviations of its mean.
constexpr float kWithinTwo = 0.9544997361036416f;

// y = random numbers alone: 0 uniform in [0, 1), 1 standard normal, 2 standard normal within two deviations.
inline void randomRows(const Context& context, const RandomRows& a) {
  const auto draw = [&](auto numberOf) {
    for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
      float* y = context.arena + a.y + row * a.size;
      eachDraw(context, kNoisePurpose, a.layer, row, a.size, [&](const I words[4], i64 first) {
        forLanes(smaller(kWordsAtOnce, a.size - first),
                 [&](i64 e, i64 lanes) { storeLanes(y + first + e, numberOf(words[e / kLanes]), lanes); });
      });
    }
  };
  if (a.distribution == 0) draw([](I word) { return toFloat(shiftRight<8>(word)) * broadcast(0x1p-24f); });
  else if (a.distribution == 1) draw([](I word) { return normalOf(word); });
  else draw([](I word) { return quantileOf(fromHalf(word) * broadcast(kWithinTwo)); });
}

// Calls noisy(x, normal) for each element of the rows, 16 at a time, and puts what it returns in y.
template <class Arguments, class Noisy>
LOCKSTEP_INLINE void addNormals(const Context& context, const Arguments& a, Noisy noisy) {
  for (i64 row = context.pass.firstRow; row < context.pass.firstRow + context.pass.rows; row++) {
    const float* x = context.arena + a.x + row * a.size;
    float* y = context.arena + a.y + row * a.size;
    eachDraw(context, kNoisePurpose, a.layer, row, a.size, [&](const I words[4], i64 first) {
      forLanes(smaller(kWordsAtOnce, a.size - first), [&](i64 e, i64 lanes) {
        storeLanes(y + first + e, noisy(loadLanes(x + first + e, lanes), normalOf(words[e / kLanes])), lanes);
      });
    });
  }
}

// y = x + deviation · normal.
inline void gaussianNoise(const Context& context, const GaussianNoise& a) {
  const V deviation = broadcast(static_cast<float>(a.deviation));
  addNormals(context, a, [&](V x, V normal) { return fma(normal, deviation, x); });
}

// y = x · (1 + deviation · normal).
inline void gaussianDropout(const Context& context, const GaussianDropout& a) {
  const V deviation = broadcast(static_cast<float>(a.deviation));
  addNormals(context, a, [&](V x, V normal) { return x * fma(normal, deviation, broadcast(1.0f)); });
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
