#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of depthwiseSpecs().
extern const KernelEntry depthwiseEntries[] = {
    {run<DepthwiseConv2dForward, depthwiseConv2dForward>, memory<DepthwiseConv2dForward, depthwiseScratch>},
    {run<DepthwiseConv2dInputGradient, depthwiseConv2dInputGradient>,
     memory<DepthwiseConv2dInputGradient, depthwiseScratch>},
    {run<DepthwiseConv2dWeightGradient, depthwiseConv2dWeightGradient>,
     memory<DepthwiseConv2dWeightGradient, depthwiseWeightGradientScratch>,
     memory<DepthwiseConv2dWeightGradient, depthwiseWeightGradientKept>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
