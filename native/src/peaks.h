// What one core can do at best, measured: the yardstick of `lockstep bench`.
#pragma once

#include "context.h"

namespace lockstep {

struct Peaks {
  double gigaflops;      // fma's in registers
  double readGigabytes;  // a second, from memory that no cache holds
  double addGigabytes;   // a += b over such memory: two reads and a write
};

Peaks measurePeaks(const KernelSet& kernels);

}  // namespace lockstep
