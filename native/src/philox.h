// Philox4x32-10 (Salmon et al., SC 2011) for 16 blocks at once; the same words as src/shared/random/rng.ts.
#pragma once

#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// words[j] = draws 16j … 16j + 15 of the 64 draws of blocks firstBlock … firstBlock + 15 of (position, step, stream).
LOCKSTEP_INLINE void drawWords(const u32 seed[2], u32 firstBlock, u32 position, u32 step, u32 stream, I words[4]) {
  // Lane 4q + j computes block 4j + q, so that transposing quarter by quarter puts all words in order.
  static const u32 blockOfLane[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  I c0 = loadI(blockOfLane) + broadcastI(firstBlock);
  I c1 = broadcastI(position), c2 = broadcastI(step), c3 = broadcastI(stream);
  u32 k0 = seed[0], k1 = seed[1];
  for (int round = 0; round < 10; round++) {
    I low0, high0, low1, high1;
    multiplyWide(c0, 0xd2511f53u, low0, high0);
    multiplyWide(c2, 0xcd9e8d57u, low1, high1);
    c0 = high1 ^ c1 ^ broadcastI(k0);
    c1 = low1;
    c2 = high0 ^ c3 ^ broadcastI(k1);
    c3 = low0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  transposeQuarters(c0, c1, c2, c3);
  words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
