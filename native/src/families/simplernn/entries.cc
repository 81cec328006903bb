#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of simplernnSpecs().
extern const KernelEntry simplernnEntries[] = {
    {run<SimpleRnnForward, simpleRnnForward>, memory<SimpleRnnForward, simpleRnnForwardScratch>},
    {run<SimpleRnnBackward, simpleRnnBackward>, memory<SimpleRnnBackward, simpleRnnBackwardScratch>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
