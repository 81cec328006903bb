// How many elements a record of each rows argument has, and each parameter: what a check needs to keep every access of
// a call inside its buffer. The same formulas as `records` in src/shared/kernels/table.ts.
#pragma once

#include <array>
#include <string>

#include "program.h"

namespace lockstep {

// Wide enough for a product of three sizes and a batch.
__extension__ typedef __int128 Wide;

struct Records {
  // By position of the argument; of a sum how many follow each other, zero for one; else zero where it is no place.
  std::array<Wide, kMaxArguments> sizes{};
  // Why the arguments do not fit each other; empty where they do.
  std::string problem;
};

Records recordsOf(const Call& call);

}  // namespace lockstep
