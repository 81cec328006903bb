#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of inputActivationSpecs().
extern const KernelEntry inputActivationEntries[] = {
    {run<InputActivationForward, inputActivationForward>},
    {run<InputActivationBackward, inputActivationBackward>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
