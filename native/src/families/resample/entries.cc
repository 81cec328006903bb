#include "../../entries.h"
#include "kernels.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// In the order of resampleSpecs().
extern const KernelEntry resampleEntries[] = {
    {run<AveragePool2dForward, averagePool2dForward>, memory<AveragePool2dForward, averagePoolScratch>},
    {run<AveragePool2dBackward, averagePool2dBackward>, memory<AveragePool2dBackward, averagePoolScratch>},
    {run<BilinearForward, bilinearForward>, memory<BilinearForward, bilinearScratch>},
    {run<BilinearBackward, bilinearBackward>, memory<BilinearBackward, bilinearScratch>},
};

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
