#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of lossSpecs().
extern const KernelEntry lossEntries[] = {
    {run<WeightSums, weightSums>},
    {run<SoftmaxCrossEntropy, softmaxCrossEntropy>},
    {run<SigmoidCrossEntropy, sigmoidCrossEntropy>},
    {run<ElementLoss, elementLoss>},
    {run<CategoricalCrossentropy, categoricalCrossentropy>},
    {run<CategoricalHinge, categoricalHinge>},
    {run<CosineSimilarity, cosineSimilarity>},
    {run<GeneralizedCrossEntropy, generalizedCrossEntropy>},
    {run<OverlapSums, overlapSums>},
    {run<OverlapLoss, overlapLoss>},
    {run<ClassWeights, classWeights>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
