// Which builds of the kernels this processor can run.
#pragma once

#include <string>
#include <vector>

#include "context.h"

namespace lockstep {

// Best first; the portable build is always last.
std::vector<const KernelSet*> supportedKernels();

// The build called `isa`, or the best one where it is empty. Throws std::runtime_error where there is none.
const KernelSet& chooseKernels(const std::string& isa);

}  // namespace lockstep
