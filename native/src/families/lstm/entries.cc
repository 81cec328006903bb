#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of lstmSpecs().
extern const KernelEntry lstmEntries[] = {
    {run<LstmForward, lstmForward>, memory<LstmForward, lstmForwardScratch>},
    {run<LstmBackward, lstmBackward>, memory<LstmBackward, lstmBackwardScratch>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
