#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of embeddingSpecs().
extern const KernelEntry embeddingEntries[] = {
    {run<EmbeddingForward, embeddingForward>},
    {run<EmbeddingWeightGradient, embeddingWeightGradient>, memory<EmbeddingWeightGradient, embeddingWeightGradientScratch>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
