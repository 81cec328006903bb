#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of mergeSpecs().
extern const KernelEntry mergeEntries[] = {
    {run<Combine, combine>},
    {run<Multiply, multiply>},
    {run<Maximum, maximum>},
    {run<MaximumBackward, maximumBackward>},
    {run<CopyBlocks, copyBlocks>},
    {run<MatrixProduct, matrixProduct>, memory<MatrixProduct, matrixProductScratch>},
    {run<NormalizeForward, normalizeForward>},
    {run<NormalizeBackward, normalizeBackward>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
