#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of stridedSpecs().
extern const KernelEntry stridedEntries[] = {
    {run<StridedCopy, stridedCopy>},
    {run<StridedSum, stridedSum>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
