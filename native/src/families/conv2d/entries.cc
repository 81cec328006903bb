#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of conv2dSpecs().
extern const KernelEntry conv2dEntries[] = {
    {run<Conv2dForward, conv2dForward>, memory<Conv2dForward, conv2dForwardScratch>},
    {run<Conv2dInputGradient, conv2dInputGradient>, memory<Conv2dInputGradient, conv2dInputGradientScratch>},
    {run<Conv2dWeightGradient, conv2dWeightGradient>, memory<Conv2dWeightGradient, conv2dWeightGradientScratch>, memory<Conv2dWeightGradient, conv2dWeightGradientKept>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
