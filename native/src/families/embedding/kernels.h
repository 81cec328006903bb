// Embeddings: rows of a table by number, and the gradient of the table.
#pragma once

#include <cstring>

#include "arguments.h"
#include "../../doubles.h"
#include "../../fold.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

LOCKSTEP_INLINE i64 indexAt(const float* x, i64 place) {
  std::int32_t index;
  std::memcpy(&index, x + place, sizeof index);
  return index;
}

// y (inner, size) = the rows of w (vocabulary, size) that x (inner) names; NaN for an index outside.
inline void embeddingForward(const Context& context, const EmbeddingForward& a) {
  const i64 first = context.pass.firstRow * a.inner, count = context.pass.rows * a.inner;
  const float *x = context.arena + a.x + first, *w = context.parameters + a.w;
  float* y = context.arena + a.y + first * a.size;
  for (i64 place = 0; place < count; place++, y += a.size) {
    const i64 index = indexAt(x, place);
    const bool isKnown = index >= 0 && index < a.vocabulary;
    forLanes(a.size, [&](i64 at, i64 lanes) {
      storeLanes(y + at, isKnown ? loadLanes(w + index * a.size + at, lanes) : broadcast(__builtin_nanf("")), lanes);
    });
  }
}

// A place and its index as one number, ordered by index and then by place.
constexpr i64 kPlaces = i64{1} << 32;

// Keys in order, by merging runs of 1, 2, 4, …; returns where they stand, `keys` or `spare`.
inline i64* sortKeys(i64* keys, i64* spare, i64 count) {
  for (i64 run = 1; run < count; run *= 2) {
    for (i64 from = 0; from < count; from += 2 * run) {
      const i64 middle = smaller(from + run, count), end = smaller(from + 2 * run, count);
      i64 left = from, right = middle;
      for (i64 to = from; to < end; to++)
        spare[to] = right >= end || (left < middle && keys[left] < keys[right]) ? keys[left++] : keys[right++];
    }
    i64* sorted = spare;
    spare = keys;
    keys = sorted;
  }
  return keys;
}

// Two lists of 8-byte keys.
inline i64 embeddingWeightGradientScratch(const EmbeddingWeightGradient& a, Capacity capacity) {
  return 4 * capacity.rows * a.inner;
}

// Σ term(place) over the places of one index, per leaf of the node and folded. A leaf without the index adds zero.
template <class Term>
LOCKSTEP_INLINE V foldPlaces(const PublishedNode& node, i64 inner, const i64* keys, i64 count, Term term) {
  V sums[kFoldDepth];
  i64 depth = 0, next = 0;
  for (i64 l = 0; l < node.leafCount; l++) {
    const Leaf& leaf = node.leaves[l];
    const i64 end = (leaf.firstRow + leaf.rows) * inner;
    D total = widen(zero());
    for (; next < count && keys[next] % kPlaces < end; next++) total = total + widen(term(keys[next] % kPlaces));
    sums[depth++] = narrow(total);
    for (int m = 0; m < leaf.merges; m++, depth--) sums[depth - 2] = sums[depth - 2] + sums[depth - 1];
  }
  return sums[0];
}

// Slab: row i of dw (vocabulary, size) = Σ dy where x is i, per shard and folded. Only the indices that occur are summed.
inline void embeddingWeightGradient(const Context& context, const EmbeddingWeightGradient& a) {
  const Pass& pass = context.pass;
  const float *x = context.arena + a.x + pass.firstRow * a.inner, *dy = context.arena + a.dy + pass.firstRow * a.inner * a.size;
  i64* list = static_cast<i64*>(static_cast<void*>(context.scratch));
  for (i64 n = 0; n < pass.publishedCount; n++) {
    const PublishedNode& node = pass.published[n];
    float* dw = node.slab + a.w;
    std::memset(dw, 0, static_cast<std::size_t>(a.vocabulary * a.size) * sizeof(float));
    const Leaf& last = node.leaves[node.leafCount - 1];
    i64 count = 0;
    for (i64 place = node.leaves[0].firstRow * a.inner; place < (last.firstRow + last.rows) * a.inner; place++) {
      const i64 index = indexAt(x, place);
      if (index >= 0 && index < a.vocabulary) list[count++] = index * kPlaces + place;
    }
    const i64* keys = sortKeys(list, list + pass.rows * a.inner, count);
    for (i64 begin = 0, end = 0; begin < count; begin = end) {
      const i64 index = keys[begin] / kPlaces;
      while (end < count && keys[end] / kPlaces == index) end++;
      forLanes(a.size, [&](i64 at, i64 lanes) {
        const auto term = [&](i64 place) { return loadLanes(dy + place * a.size + at, lanes); };
        storeLanes(dw + index * a.size + at, foldPlaces(node, a.inner, keys + begin, end - begin, term), lanes);
      });
    }
  }
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
