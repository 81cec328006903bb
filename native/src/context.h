// What every kernel is told beside its own arguments: the arena, the pass, and scratch memory.
#pragma once

#include <cstdint>

namespace lockstep {

using i64 = std::int64_t;
using u32 = std::uint32_t;

// A shard of a published node in the order in which leaves are formed. After the leaf, `merges` nodes of the tree are
// complete: that many times, the newest finished sum is added to the one before it.
struct Leaf {
  i64 firstRow;  // counted from the pass's first row
  i64 rows;
  int merges;
};

struct PublishedNode {
  const Leaf* leaves;
  i64 leafCount;
  float* slab;
};

// Rows [firstRow, firstRow + rows) of the batch: all of a rank's rows or, in a call that is run chunk by chunk, the
// rows of one chunk. Shards and leaves are always those of the whole rank.
struct Pass {
  i64 firstRow, rows, batchRows, batchShards, firstShard, shards;
  // Rows of the rank before the chunk.
  i64 chunk;
  u32 step;
  // Rows of the pass at which its shards start, counted from its first row, and their end: shards + 1 entries.
  const i64* shardRows;
  const PublishedNode* published;
  i64 publishedCount;
};

struct Context {
  float* arena;
  float* parameters;
  // The sums of this pass's first shard.
  double* sums;
  i64 sumCount;
  u32 seed[2];
  Pass pass;
  // 64-byte aligned, as large as the kernel's own functions asked for: `scratch` is lent for one run of the call,
  // `kept` is the call's own and keeps its contents from one chunk to the next.
  float* scratch;
  float* kept;
};

// The pass that scratch memory must suffice for: rows and shards that it has at most.
struct Capacity {
  i64 rows, shards;
};

// One run of an update kernel; see updateStep.h.
struct UpdateStep;
using UpdateFunction = void (*)(const UpdateStep&);

enum class SumTerm { squares, absolutes };

// A kernel in one build.
struct KernelEntry {
  void (*run)(const Context&, const i64* words);
  // Memory the call needs, in floats; nullptr for none.
  i64 (*scratch)(const i64* words, Capacity) = nullptr;
  i64 (*kept)(const i64* words, Capacity) = nullptr;
};

// One build of all kernels.
struct KernelSet {
  const char* isa;
  // By family in the order of families/list.h, then by kernel; see entryOf.
  const KernelEntry* const* families;
  // a += b; whether all of the sums are finite.
  bool (*add)(float* a, const float* b, i64 count);
  // By position in kUpdateSpecs.
  const UpdateFunction* updates;
  double (*sumOf)(SumTerm term, const float* x, i64 count);
  // count bytes to floats, each times scale.
  void (*scaleBytes)(const unsigned char* from, float* to, i64 count, float scale);
  // fma's over independent registers: returns the number of floating-point operations done.
  double (*burnFma)(i64 rounds);
  void (*map)(int function, const float* from, float* to, i64 count);
};

const KernelSet& portableKernels();
#if defined(__x86_64__)
const KernelSet& avx2Kernels();
const KernelSet& avx512Kernels();
#endif

}  // namespace lockstep
