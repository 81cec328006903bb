#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of batchnormSpecs().
extern const KernelEntry batchnormEntries[] = {
    {run<BatchNormSums, batchNormSums>, memory<BatchNormSums, batchNormScratch>},
    {run<BatchNormForward, batchNormForward>, memory<BatchNormForward, batchNormScratch>},
    {run<BatchNormInference, batchNormInference>, memory<BatchNormInference, batchNormScratch>},
    {run<BatchNormGradientSums, batchNormGradientSums>, memory<BatchNormGradientSums, batchNormScratch>},
    {run<BatchNormInputGradient, batchNormInputGradient>, memory<BatchNormInputGradient, batchNormScratch>},
    {run<BatchNormFrozenGradient, batchNormFrozenGradient>, memory<BatchNormFrozenGradient, batchNormScratch>},
    {run<BatchNormAverages, batchNormAverages>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
