// The kernel table as this side knows it: all families' specs in one order, and each kernel's entry in a build.
#pragma once

#include "context.h"
#include "spec.h"

namespace lockstep {

// By kernel number.
const std::vector<KernelSpec>& kernelSpecs();

const KernelEntry& entryOf(const KernelSet& kernels, int kernel);

}  // namespace lockstep
