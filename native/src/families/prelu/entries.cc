#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of preluSpecs().
extern const KernelEntry preluEntries[] = {
    {run<PreluForward, preluForward>},
    {run<PreluInputGradient, preluInputGradient>},
    {run<PreluWeightGradient, preluWeightGradient>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
