#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of biasSpecs().
extern const KernelEntry biasEntries[] = {
    {run<BiasForward, biasForward>, memory<BiasForward, biasForwardScratch>},
    {run<BiasGradient, biasGradient>, memory<BiasGradient, biasGradientScratch>,
     memory<BiasGradient, biasGradientKept>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
