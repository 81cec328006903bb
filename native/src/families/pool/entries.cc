#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of poolSpecs().
extern const KernelEntry poolEntries[] = {
    {run<MaxPool2dForward, maxPool2dForward>},
    {run<MaxPool2dBackward, maxPool2dBackward>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
