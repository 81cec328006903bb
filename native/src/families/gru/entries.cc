#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of gruSpecs().
extern const KernelEntry gruEntries[] = {
    {run<GruForward, gruForward>, memory<GruForward, gruForwardScratch>},
    {run<GruBackward, gruBackward>, memory<GruBackward, gruBackwardScratch>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
