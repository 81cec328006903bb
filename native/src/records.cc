#include "records.h"

#include <cstring>
#include <initializer_list>

#include "arguments.h"

namespace lockstep {
namespace {

constexpr i64 kMaxElements = i64{1} << 50;

// A product that sticks at a size no arena has.
Wide times(std::initializer_list<i64> factors) {
  Wide product = 1;
  for (const i64 factor : factors) {
    product *= factor;
    if (product > kMaxElements) product = kMaxElements;
  }
  return product;
}

template <class Arguments>
Arguments read(const Call& call) {
  Arguments a;
  std::memcpy(&a, call.words, sizeof a);
  return a;
}

Wide imageIn(const Windows& w) { return times({w.height, w.width, w.channels}); }
Wide imageOut(const Windows& w, i64 channels) { return times({w.outHeight, w.outWidth, channels}); }
Wide filterSize(const Windows& w, i64 filters) { return times({w.windowHeight, w.windowWidth, w.channels, filters}); }

// Every window starts inside the image or its padding, and reaches into the image.
bool reaches(i64 size, i64 window, i64 stride, i64 dilation, i64 pad, i64 out) {
  const Wide reach = static_cast<Wide>(window - 1) * dilation;
  const Wide lastStart = static_cast<Wide>(out - 1) * stride - pad;
  return pad <= reach && lastStart < size;
}

std::string windowsProblem(const Windows& w) {
  if (!reaches(w.height, w.windowHeight, w.strideHeight, w.dilationHeight, w.padTop, w.outHeight))
    return "the windows leave the padded input at the top or the bottom: outHeight, strideHeight, padTop and height do "
           "not fit";
  if (!reaches(w.width, w.windowWidth, w.strideWidth, w.dilationWidth, w.padLeft, w.outWidth))
    return "the windows leave the padded input at the left or the right: outWidth, strideWidth, padLeft and width do "
           "not fit";
  return "";
}

Records conv(const Windows& w, i64 filters, std::array<Wide, kMaxArguments> sizes) {
  if (filterSize(w, filters) >= kMaxElements || imageIn(w) >= kMaxElements)
    return {sizes, "the filters or images are too large"};
  return {sizes, windowsProblem(w)};
}

Records classes(i64 groups, i64 size, i64 sparse, bool probabilities) {
  const Wide record = times({groups, size});
  const Wide target = sparse ? Wide{groups} : record;
  if (probabilities) return {{record, target, record, record}, ""};
  return {{record, target, record}, ""};
}

}  // namespace

Records recordsOf(const Call& call) {
  switch (call.kernel) {
    case kDenseForward: {
      const auto a = read<DenseForward>(call);
      return {{times({a.inner, a.inputs}), times({a.inputs, a.units}), Wide{a.units}, times({a.inner, a.units})}, ""};
    }
    case kDenseInputGradient: {
      const auto a = read<DenseInputGradient>(call);
      const Wide x = times({a.inner, a.inputs});
      return {{times({a.inner, a.units}), times({a.inputs, a.units}), x, x}, ""};
    }
    case kDenseWeightGradient: {
      const auto a = read<DenseWeightGradient>(call);
      return {{times({a.inner, a.inputs}), times({a.inner, a.units}), times({a.inputs, a.units}), Wide{a.units}}, ""};
    }
    case kConv2dForward: {
      const auto a = read<Conv2dForward>(call);
      const auto& w = a.windows;
      return conv(w, a.filters, {imageIn(w), filterSize(w, a.filters), Wide{a.filters}, imageOut(w, a.filters)});
    }
    case kConv2dInputGradient: {
      const auto a = read<Conv2dInputGradient>(call);
      const auto& w = a.windows;
      return conv(w, a.filters, {imageOut(w, a.filters), filterSize(w, a.filters), imageIn(w), imageIn(w)});
    }
    case kConv2dWeightGradient: {
      const auto a = read<Conv2dWeightGradient>(call);
      const auto& w = a.windows;
      return conv(w, a.filters, {imageIn(w), imageOut(w, a.filters), filterSize(w, a.filters), Wide{a.filters}});
    }
    case kMaxPool2dForward: {
      const auto w = read<MaxPool2dForward>(call).windows;
      return {{imageIn(w), imageOut(w, w.channels)}, windowsProblem(w)};
    }
    case kMaxPool2dBackward: {
      const auto w = read<MaxPool2dBackward>(call).windows;
      const Wide y = imageOut(w, w.channels);
      return {{imageIn(w), y, y, imageIn(w)}, windowsProblem(w)};
    }
    case kActivationForward: {
      const Wide size = read<ActivationForward>(call).size;
      return {{size, size}, ""};
    }
    case kActivationBackward: {
      const Wide size = read<ActivationBackward>(call).size;
      return {{size, size, size}, ""};
    }
    case kSoftmaxForward: {
      const auto a = read<SoftmaxForward>(call);
      return {{times({a.groups, a.size}), times({a.groups, a.size})}, ""};
    }
    case kSoftmaxBackward: {
      const auto a = read<SoftmaxBackward>(call);
      const Wide record = times({a.groups, a.size});
      return {{record, record, record}, ""};
    }
    case kBatchNormSums: {
      const auto a = read<BatchNormSums>(call);
      return {{times({a.inner, a.channels}), 2 * Wide{a.channels}}, ""};
    }
    case kBatchNormForward: {
      const auto a = read<BatchNormForward>(call);
      const Wide x = times({a.inner, a.channels}), c = a.channels;
      return {{x, x, c, c, 2 * c}, ""};
    }
    case kBatchNormInference: {
      const auto a = read<BatchNormInference>(call);
      const Wide x = times({a.inner, a.channels}), c = a.channels;
      return {{x, x, c, c, c, c}, ""};
    }
    case kBatchNormGradientSums: {
      const auto a = read<BatchNormGradientSums>(call);
      const Wide x = times({a.inner, a.channels}), c = a.channels;
      return {{x, x, c, c, 2 * c, 2 * c}, ""};
    }
    case kBatchNormInputGradient: {
      const auto a = read<BatchNormInputGradient>(call);
      const Wide x = times({a.inner, a.channels}), c = a.channels;
      return {{x, x, x, c, 2 * c, 2 * c}, ""};
    }
    case kBatchNormFrozenGradient: {
      const auto a = read<BatchNormFrozenGradient>(call);
      const Wide x = times({a.inner, a.channels}), c = a.channels;
      return {{x, x, c, c}, ""};
    }
    case kBatchNormAverages: {
      const Wide c = read<BatchNormAverages>(call).channels;
      return {{c, c, 2 * c}, ""};
    }
    case kLstmForward: {
      const auto a = read<LstmForward>(call);
      const Wide sequence = times({a.steps, a.units}), gates = times({4, a.steps, a.units});
      return {{gates, times({4, a.units, a.units}), sequence, sequence, sequence, Wide{a.units}}, ""};
    }
    case kLstmBackward: {
      const auto a = read<LstmBackward>(call);
      const Wide sequence = times({a.steps, a.units}), gates = times({4, a.steps, a.units});
      return {{gates, sequence, times({4, a.units, a.units}), sequence, Wide{a.units}, gates}, ""};
    }
    case kDropout: {
      const auto a = read<Dropout>(call);
      if (!(a.rate >= 0 && a.rate < 1))
        return {{}, "rate is " + std::to_string(a.rate) + ", expected at least 0 and below 1"};
      return {{Wide{a.size}, Wide{a.size}}, ""};
    }
    case kSoftmaxCrossEntropy: {
      const auto a = read<SoftmaxCrossEntropy>(call);
      return classes(a.groups, a.size, a.sparse, true);
    }
    case kSigmoidCrossEntropy: {
      const Wide size = read<SigmoidCrossEntropy>(call).size;
      return {{size, size, size, size}, ""};
    }
    case kMeanSquaredError: {
      const Wide size = read<MeanSquaredError>(call).size;
      return {{size, size, size}, ""};
    }
    case kBinaryCrossentropy: {
      const Wide size = read<BinaryCrossentropy>(call).size;
      return {{size, size, size}, ""};
    }
    case kCategoricalCrossentropy: {
      const auto a = read<CategoricalCrossentropy>(call);
      return classes(a.groups, a.size, a.sparse, false);
    }
    case kBinaryAccuracy: {
      const Wide size = read<BinaryAccuracy>(call).size;
      return {{size, size}, ""};
    }
    case kCategoricalAccuracy: {
      const auto a = read<CategoricalAccuracy>(call);
      return classes(a.groups, a.size, a.sparse, false);
    }
    default:
      return {{}, "the kernel is unknown"};
  }
}

}  // namespace lockstep
