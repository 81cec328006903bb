#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of stepsSpecs().
extern const KernelEntry stepsEntries[] = {
    {run<ReverseSteps, reverseSteps>},
    {run<IndexMask, indexMask>},
    {run<StepMask, stepMask>},
    {run<MaskSteps, maskSteps>},
    {run<DropUnweighted, dropUnweighted>},
    {run<MaskedMeanForward, maskedMeanForward>},
    {run<MaskedMeanBackward, maskedMeanBackward>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
