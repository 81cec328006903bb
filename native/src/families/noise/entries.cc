#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of noiseSpecs().
extern const KernelEntry noiseEntries[] = {
    {run<Dropout, dropout>},
    {run<GaussianNoise, gaussianNoise>},
    {run<GaussianDropout, gaussianDropout>},
    {run<RandomRows, randomRows>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
