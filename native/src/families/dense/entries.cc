#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of denseSpecs().
extern const KernelEntry denseEntries[] = {
    {run<DenseForward, denseForward>, memory<DenseForward, denseForwardScratch>},
    {run<DenseInputGradient, denseInputGradient>, memory<DenseInputGradient, denseInputGradientScratch>},
    {run<DenseWeightGradient, denseWeightGradient>, memory<DenseWeightGradient, denseWeightGradientScratch>},
    {run<DenseColumnsGradient, denseColumnsGradient>, memory<DenseColumnsGradient, denseColumnsGradientScratch>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
