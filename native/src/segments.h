// A stage in segments: neighbouring calls over large records take a few rows through all of them before the next rows,
// so that what one writes the next reads from cache, not from memory.
#pragma once

#include <vector>

#include "program.h"

namespace lockstep {

// A `rows` argument of a call in a segment whose buffer lives in that segment alone.
struct LocalArgument {
  std::size_t call;
  int argument;
  i64 record;
};

// Calls [first, end) of a stage; chunkRows 0 runs each call over all rows at once. Every chunk places the rows of its
// local buffers where the first chunk did: what no other call reads need not go to memory.
struct Segment {
  std::size_t first, end;
  i64 chunkRows;
  std::vector<LocalArgument> locals;
};

// Pure: the same program gives the same segments. None crosses the end of a part. Which rows travel together never changes a bit of the results.
std::vector<Segment> planSegments(const Program& program, int stage, i64 batchCapacity);

}  // namespace lockstep
