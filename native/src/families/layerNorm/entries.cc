#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of layerNormSpecs().
extern const KernelEntry layerNormEntries[] = {
    {run<LayerNormForward, layerNormForward>},
    {run<LayerNormInputGradient, layerNormInputGradient>},
    {run<LayerNormWeightGradient, layerNormWeightGradient>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
