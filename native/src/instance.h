// One rank's view of an arena and its program: checked once, then run without allocating.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "context.h"
#include "program.h"
#include "segments.h"

namespace lockstep {

struct AttachInput {
  float* arena;
  Limits limits;
  u32 seed[2];
  const double* encoded;
  std::size_t encodedLength;
  const KernelSet* kernels;
  bool timed;
};

// What a rank takes of memory beside the arena, and what it leaves alone of it.
struct Footprint {
  // Floats of the kernels' own memory.
  i64 scratch;
  // Buffers of the arena of which a rank touches the rows of one chunk only: elements of a row, rows of a chunk.
  struct Local {
    i64 record, chunkRows;
  };
  std::vector<Local> locals;
};

// Needs no arena. Throws as an instance of the same input would.
Footprint measureFootprint(const AttachInput& input);

class Instance {
 public:
  // Throws std::runtime_error where the program does not fit the arena.
  explicit Instance(const AttachInput& input);

  // Runs one part of a stage over the rows of an encoded pass; see readPass.
  void run(i64 stage, i64 part, const std::int32_t* words, std::size_t length);

  // a += b over elements [from, to) of each pair of slab offsets, in order; whether all of the sums are finite.
  bool reduce(const std::int32_t* adds, std::size_t length, i64 from, i64 to) const;

  // Runs an update kernel on numbers in the order of src/worker/engines/native.ts; whether what it made of a gradient is
  // finite.
  bool update(i64 kernel, const double* numbers, std::size_t length) const;

  // Σ of a term over `length` floats at an offset.
  double sumOf(i64 term, i64 offset, i64 length) const;

  struct Gather {
    enum class Type { float32, int32, uint8 } type;
    const void* values;
    std::size_t length;
    i64 size;
    float scale;
    i64 buffer, start, firstRow, rows;
    const std::int32_t* order;
    std::size_t orderLength;
  };
  // Copies records of a dataset column to the rows of a pass.
  void gather(const Gather& gather) const;

  // Nanoseconds and runs of each call since attach, stage by stage; empty unless timed.
  const std::vector<double>& nanoseconds(int stage) const { return nanoseconds_[stage]; }
  bool isTimed() const { return timed_; }

  // Gives back what the kernels' own memory is; nothing is run any more.
  void close() {
    scratch_.reset();
    kept_.reset();
    closed_ = true;
  }
  bool isClosed() const { return closed_; }

 private:
  void readPass(const std::int32_t* words, std::size_t length);
  void placeLeaves(i64 first, i64 count);
  void runSegment(int stage, const Segment& segment);
  void moveLocals(int stage, const Segment& segment, i64 rows);
  void runCalls(int stage, const Segment& segment);
  float* floats(i64 offset, i64 length, const char* what) const;

  // A call's kernel, and where its own memory begins in kept_.
  struct Entry {
    void (*run)(const Context&, const i64* words);
    i64 keptAt;
  };
  void runForEach(i64 each, const Entry& entry, const i64* words);

  struct Free {
    void operator()(float* p) const;
  };

  float* arena_;
  Limits limits_;
  const KernelSet* kernels_;
  Program program_;
  std::vector<Segment> segments_[kStages];
  // By call.
  std::vector<Entry> entries_[kStages];
  std::unique_ptr<float, Free> scratch_, kept_;
  Context context_{};
  std::vector<i64> shardRows_;
  std::vector<Leaf> leaves_;
  std::vector<PublishedNode> published_;
  // The same for a call that sees each row as several.
  std::vector<i64> eachShardRows_;
  std::vector<Leaf> eachLeaves_;
  std::vector<PublishedNode> eachPublished_;
  bool timed_;
  bool closed_ = false;
  std::vector<double> nanoseconds_[kStages];
};

}  // namespace lockstep
