#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of reductionSpecs().
extern const KernelEntry reductionEntries[] = {
    {run<ReduceAxis, reduceAxis>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
