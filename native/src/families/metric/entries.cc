#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of metricSpecs().
extern const KernelEntry metricEntries[] = {
    {run<BinaryAccuracy, binaryAccuracy>},
    {run<CategoricalAccuracy, categoricalAccuracy>},
    {run<TopKAccuracy, topKAccuracy>},
    {run<ClassCounts, classCounts>},
    {run<BucketCounts, bucketCounts>},
    {run<ResidualSums, residualSums>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
