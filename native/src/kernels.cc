// All kernels for one instruction set. Compiled once per set; nothing here may be shared between builds, so only this
// file includes what is written over simd.h.
#include "batchnorm.h"
#include "context.h"
#include "conv2d.h"
#include "dense.h"
#include "loss.h"
#include "lstm.h"
#include "metric.h"
#include "optimizer.h"
#include "pool.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

template <class Arguments>
LOCKSTEP_INLINE Arguments read(const i64* words) {
  Arguments a;
  std::memcpy(&a, words, sizeof a);
  return a;
}

template <class Arguments, void (*kernel)(const Context&, const Arguments&)>
void run(const Context& context, const i64* words) {
  kernel(context, read<Arguments>(words));
}

template <class Arguments, i64 (*floats)(const Arguments&, Capacity)>
i64 scratch(const i64* words, Capacity capacity) {
  return floats(read<Arguments>(words), capacity);
}

i64 none(const i64*, Capacity) { return 0; }

// By KernelId.
const KernelSet::Entry entries[] = {
    {run<DenseForward, denseForward>, scratch<DenseForward, denseForwardScratch>, none},
    {run<DenseInputGradient, denseInputGradient>, scratch<DenseInputGradient, denseInputGradientScratch>, none},
    {run<DenseWeightGradient, denseWeightGradient>, scratch<DenseWeightGradient, denseWeightGradientScratch>, none},
    {run<Conv2dForward, conv2dForward>, scratch<Conv2dForward, conv2dForwardScratch>, none},
    {run<Conv2dInputGradient, conv2dInputGradient>, scratch<Conv2dInputGradient, conv2dInputGradientScratch>, none},
    {run<Conv2dWeightGradient, conv2dWeightGradient>, scratch<Conv2dWeightGradient, conv2dWeightGradientScratch>,
     scratch<Conv2dWeightGradient, conv2dWeightGradientKept>},
    {run<MaxPool2dForward, maxPool2dForward>, none, none},
    {run<MaxPool2dBackward, maxPool2dBackward>, none, none},
    {run<ActivationForward, activationForward>, none, none},
    {run<ActivationBackward, activationBackward>, none, none},
    {run<SoftmaxForward, softmaxForward>, none, none},
    {run<SoftmaxBackward, softmaxBackward>, none, none},
    {run<BatchNormSums, batchNormSums>, scratch<BatchNormSums, batchNormScratch>, none},
    {run<BatchNormForward, batchNormForward>, scratch<BatchNormForward, batchNormScratch>, none},
    {run<BatchNormInference, batchNormInference>, scratch<BatchNormInference, batchNormScratch>, none},
    {run<BatchNormGradientSums, batchNormGradientSums>, scratch<BatchNormGradientSums, batchNormScratch>, none},
    {run<BatchNormInputGradient, batchNormInputGradient>, scratch<BatchNormInputGradient, batchNormScratch>, none},
    {run<BatchNormFrozenGradient, batchNormFrozenGradient>, scratch<BatchNormFrozenGradient, batchNormScratch>, none},
    {run<BatchNormAverages, batchNormAverages>, none, none},
    {run<LstmForward, lstmForward>, scratch<LstmForward, lstmForwardScratch>, none},
    {run<LstmBackward, lstmBackward>, scratch<LstmBackward, lstmBackwardScratch>, none},
    {run<Dropout, dropout>, none, none},
    {run<SoftmaxCrossEntropy, softmaxCrossEntropy>, none, none},
    {run<SigmoidCrossEntropy, sigmoidCrossEntropy>, none, none},
    {run<MeanSquaredError, meanSquaredError>, none, none},
    {run<BinaryCrossentropy, binaryCrossentropy>, none, none},
    {run<CategoricalCrossentropy, categoricalCrossentropy>, none, none},
    {run<BinaryAccuracy, binaryAccuracy>, none, none},
    {run<CategoricalAccuracy, categoricalAccuracy>, none, none},
};

// Independent fma chains, more than the latency of the units needs: what the processor can do at best.
double burnFma(i64 rounds) {
  constexpr int chains = kTileRows * kTileVectors;
  V sum[chains];
  // Lanes differ, or the compiler would see that both halves of a vector are the same.
  float start[kLanes + chains];
  for (int i = 0; i < kLanes + chains; i++) start[i] = static_cast<float>(i);
  for (int i = 0; i < chains; i++) sum[i] = load(start + i);
  const V factor = broadcast(0.999f), addend = broadcast(0.001f);
  for (i64 round = 0; round < rounds; round++)
#pragma GCC unroll 28
    for (int i = 0; i < chains; i++) sum[i] = fma(sum[i], factor, addend);
  V total = zero();
  for (int i = 0; i < chains; i++) total = total + sum[i];
  // A result that nobody could foresee keeps the loop.
  volatile float kept = firstLane(total);
  static_cast<void>(kept);
  return 2.0 * kLanes * chains * static_cast<double>(rounds);
}

// A function of math.h by number, for the tests of its accuracy.
void mapFunction(int function, const float* from, float* to, i64 count) {
  forLanes(count, [&](i64 at, i64 lanes) {
    const V x = loadLanes(from + at, lanes);
    const V y = function == 0   ? exponential(x)
                : function == 1 ? logarithm(x)
                : function == 2 ? sigmoid(x)
                : function == 3 ? hyperbolicTangent(x)
                : function == 4 ? logarithmOfOnePlus(x)
                                : exponentialMinusOne(x);
    storeLanes(to + at, y, lanes);
  });
}

#define LOCKSTEP_STRING_OF(name) #name
#define LOCKSTEP_STRING(name) LOCKSTEP_STRING_OF(name)

const KernelSet set = {
    LOCKSTEP_STRING(LOCKSTEP_ISA), entries, addSlab, adamUpdate, sgdUpdate, scaleBytes, burnFma, mapFunction};

}  // namespace LOCKSTEP_ISA

#if defined(LOCKSTEP_BUILD_AVX512)
const KernelSet& avx512Kernels() { return avx512::set; }
#elif defined(LOCKSTEP_BUILD_AVX2)
const KernelSet& avx2Kernels() { return avx2::set; }
#else
const KernelSet& portableKernels() { return portable::set; }
#endif

}  // namespace lockstep
