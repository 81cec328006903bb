#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of elementwiseSpecs().
extern const KernelEntry elementwiseEntries[] = {
    {run<Unary, unary>},
    {run<Binary, binary>},
    {run<Select, selectElements>},
    {run<RepeatParameter, repeatParameter>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
