// A stage in segments: neighbouring calls over large records take a few rows through all of them before the next rows,
// so that what one writes the next reads from cache, not from memory.
#pragma once

#include <vector>

#include "program.h"

namespace lockstep {

// Calls [first, end) of a stage; chunkRows 0 runs each call over all rows at once.
struct Segment {
  std::size_t first, end;
  i64 chunkRows;
};

// Pure: the same program gives the same segments. None crosses the end of a part. Which rows travel together never changes a bit of the results.
std::vector<Segment> planSegments(const Program& program, int stage, i64 batchCapacity);

}  // namespace lockstep
