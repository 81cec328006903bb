// What an instance is told once: a program's calls with checked arguments.
#pragma once

#include "specs.h"

namespace lockstep {

constexpr int kStages = 7;
constexpr int kBackwardStage = 1;

struct Call {
  int kernel = 0;
  // As how many rows the call sees each row of the batch.
  i64 each = 1;
  // One 8-byte word an argument: an int64, or a double for a `number`.
  i64 words[kMaxArguments] = {};
};

// The limits that every access of a program is checked against, in elements.
struct Limits {
  i64 arenaFloats = 0;
  i64 parameters = 0;
  // The trained part of the flat vector, which slabs hold, and the whole of it.
  i64 parameterLength = 0;
  i64 vectorLength = 0;
  i64 sums = 0;
  i64 sumCount = 0;
  i64 batchCapacity = 0;
  // Rows and shards that a pass, one rank's part of a batch, has at most.
  i64 passCapacity = 0;
  i64 passShards = 0;
};

struct Program {
  // The calls of a stage, all its parts behind each other.
  std::vector<Call> stages[kStages];
  // A stage is cut into parts at its sync points: the calls before which each part ends.
  std::vector<std::size_t> partEnds[kStages];
};

// Decodes and checks a program: per stage the number of parts, per part the number of calls, per call the kernel,
// as how many rows it sees each row, and its arguments. Throws std::runtime_error that names the stage, the call, the kernel and the argument.
Program readProgram(const double* encoded, std::size_t length, const Limits& limits);

}  // namespace lockstep
