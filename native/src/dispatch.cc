#include "dispatch.h"

#include <stdexcept>

namespace lockstep {

std::vector<const KernelSet*> supportedKernels() {
  std::vector<const KernelSet*> sets;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (avx512) sets.push_back(&avx512Kernels());
  if (avx2) sets.push_back(&avx2Kernels());
#endif
  sets.push_back(&portableKernels());
  return sets;
}

const KernelSet& chooseKernels(const std::string& isa) {
  const std::vector<const KernelSet*> sets = supportedKernels();
  if (isa.empty()) return *sets.front();
  std::string known;
  for (const KernelSet* set : sets) {
    if (isa == set->isa) return *set;
    known += (known.empty() ? "" : ", ") + std::string(set->isa);
  }
  throw std::runtime_error("The instruction set is " + isa + ", expected one of: " + known + ".");
}

}  // namespace lockstep
