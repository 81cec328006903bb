#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of softmaxSpecs().
extern const KernelEntry softmaxEntries[] = {
    {run<SoftmaxForward, softmaxForward>},
    {run<SoftmaxBackward, softmaxBackward>},
    {run<MaskedSoftmaxForward, maskedSoftmaxForward>},
    {run<LogSoftmaxForward, logSoftmaxForward>},
    {run<LogSoftmaxBackward, logSoftmaxBackward>},
    {run<SparsemaxForward, sparsemaxForward>},
    {run<SparsemaxBackward, sparsemaxBackward>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
