#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of activationSpecs().
extern const KernelEntry activationEntries[] = {
    {run<ActivationForward, activationForward>},
    {run<ActivationBackward, activationBackward>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
