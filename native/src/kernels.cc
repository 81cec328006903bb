// The build of all kernels for one instruction set. Compiled once per set, as the families' entries are; nothing here
// may be shared between builds, so only these files include what is written over simd.h.
#include "families/list.h"
#include "gemm.h"
#include "math.h"
#include "slabs.h"
#include "updates.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

#define LOCKSTEP_DECLARE(family) extern const KernelEntry family##Entries[];
LOCKSTEP_FAMILIES(LOCKSTEP_DECLARE)

#define LOCKSTEP_ENTRIES(family) family##Entries,
const KernelEntry* const families[] = {LOCKSTEP_FAMILIES(LOCKSTEP_ENTRIES)};

// Independent fma chains, more than the latency of the units needs: what the processor can do at best.
double burnFma(i64 rounds) {
  constexpr int chains = kTileRows * kTileVectors;
  V sum[chains];
  // All lanes differ, and all are in the result: a compiler forms equal halves of vectors once, and unused ones never.
  float start[kLanes * chains];
  for (int i = 0; i < kLanes * chains; i++) start[i] = static_cast<float>(i);
  for (int i = 0; i < chains; i++) sum[i] = load(start + i * kLanes);
  const V factor = broadcast(0.999f), addend = broadcast(0.001f);
  for (i64 round = 0; round < rounds; round++)
#pragma GCC unroll 28
    for (int i = 0; i < chains; i++) sum[i] = fma(sum[i], factor, addend);
  V total = zero();
  for (int i = 0; i < chains; i++) total = total + sum[i];
  // A result that nobody could foresee keeps the loop.
  volatile float kept = sumOfLanes(total);
  static_cast<void>(kept);
  return 2.0 * kLanes * chains * static_cast<double>(rounds);
}

// A function of math.h by number, for the tests of its accuracy.
void mapFunction(int function, const float* from, float* to, i64 count) {
  forLanes(count, [&](i64 at, i64 lanes) {
    const V x = loadLanes(from + at, lanes);
    const V y = function == 0   ? exponential(x)
                : function == 1 ? logarithm(x)
                : function == 2 ? sigmoid(x)
                : function == 3 ? hyperbolicTangent(x)
                : function == 4 ? logarithmOfOnePlus(x)
                : function == 5 ? exponentialMinusOne(x)
                                : errorFunction(x);
    storeLanes(to + at, y, lanes);
  });
}

#define LOCKSTEP_STRING_OF(name) #name
#define LOCKSTEP_STRING(name) LOCKSTEP_STRING_OF(name)

const KernelSet set = {
    LOCKSTEP_STRING(LOCKSTEP_ISA), families, addSlab, updateFunctions, sumOf, scaleBytes, burnFma, mapFunction};

}  // namespace LOCKSTEP_ISA

#if defined(LOCKSTEP_BUILD_AVX512)
const KernelSet& avx512Kernels() { return avx512::set; }
#elif defined(LOCKSTEP_BUILD_AVX2)
const KernelSet& avx2Kernels() { return avx2::set; }
#else
const KernelSet& portableKernels() { return portable::set; }
#endif

}  // namespace lockstep
