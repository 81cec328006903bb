#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

template <class Arguments>
Records elements(const Arguments& a) {
  return {{Wide{a.size}, Wide{a.size}, Wide{a.size}}, ""};
}
Records sigmoid(const SigmoidCrossEntropy& a) {
  const Wide size = a.size;
  return {{size, size, size, size}, ""};
}
Records softmax(const SoftmaxCrossEntropy& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, a.sparse ? Wide{a.groups} : record, record, record}, ""};
}
Records categorical(const CategoricalCrossentropy& a) {
  const Wide record = times({a.groups, a.size});
  return {{record, a.sparse ? Wide{a.groups} : record, record}, ""};
}

}  // namespace

const std::vector<KernelSpec>& lossSpecs() {
  using namespace arguments;
  const Argument target{"target", Kind::rows}, prediction{"prediction", Kind::rows}, sparse{"sparse", Kind::flag};
  const Argument logits{"logits", Kind::rows}, probabilities{"probabilities", Kind::rows};
  const Argument gradient{"gradient", Kind::optionalRows};
  static const std::vector<KernelSpec> specs = {
      {"softmaxCrossEntropy", {logits, target, probabilities, gradient, groups, size, sparse, sum}, overWords<SoftmaxCrossEntropy, softmax>},
      {"sigmoidCrossEntropy", {logits, target, probabilities, gradient, size, sum}, overWords<SigmoidCrossEntropy, sigmoid>},
      {"meanSquaredError", {prediction, target, gradient, size, sum}, overWords<MeanSquaredError, elements<MeanSquaredError>>},
      {"binaryCrossentropy", {prediction, target, gradient, size, sum}, overWords<BinaryCrossentropy, elements<BinaryCrossentropy>>},
      {"categoricalCrossentropy", {prediction, target, gradient, groups, size, sparse, sum}, overWords<CategoricalCrossentropy, categorical>},
  };
  return specs;
}

}  // namespace lockstep
