#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of lossSpecs().
extern const KernelEntry lossEntries[] = {
    {run<SoftmaxCrossEntropy, softmaxCrossEntropy>},
    {run<SigmoidCrossEntropy, sigmoidCrossEntropy>},
    {run<MeanSquaredError, meanSquaredError>},
    {run<BinaryCrossentropy, binaryCrossentropy>},
    {run<CategoricalCrossentropy, categoricalCrossentropy>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
