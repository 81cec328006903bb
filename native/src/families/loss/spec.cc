#include "../../spec.h"

#include "arguments.h"
#include "elementLosses.h"

namespace lockstep {
namespace {

// In the order of the arguments that all losses of predictions begin with.
Records lossRecords(const LossArguments& a, i64 sparse) {
  const Wide record = times({a.groups, a.size});
  return {{record, sparse ? Wide{a.groups} : record, a.groups, 0, 0, 0, record}, ""};
}
template <class Arguments>
Records loss(const Arguments& a) {
  return lossRecords(a, 0);
}
Records element(const ElementLoss& a) {
  Records records = lossRecords(a, 0);
  if (a.loss >= kElementLosses) records.problem = "loss is " + std::to_string(a.loss) + ", which is not known";
  return records;
}
Records categorical(const CategoricalCrossentropy& a) { return lossRecords(a, a.sparse); }

Records fusedRecords(const FusedArguments& a, i64 sparse) {
  const Wide record = times({a.groups, a.size});
  return {{record, sparse ? Wide{a.groups} : record, record, record, a.groups}, ""};
}
Records softmax(const SoftmaxCrossEntropy& a) { return fusedRecords(a, a.sparse); }
Records sigmoid(const SigmoidCrossEntropy& a) { return fusedRecords(a, 0); }

Records generalized(const GeneralizedCrossEntropy& a) { return lossRecords(a, a.sparse); }
Records overlapOf(i64 size, i64 bins, Records records) {
  if (size % bins != 0) records.problem = "a row of " + std::to_string(size) + " is no multiple of " + std::to_string(bins);
  return records;
}
Records overlapSums(const OverlapSums& a) {
  return overlapOf(a.size, a.bins, {{Wide{a.size}, Wide{a.size}, 0, 0, 3 * Wide{a.bins}}, ""});
}
Records overlapLoss(const OverlapLoss& a) {
  Records records = lossRecords(a, 0);
  records.sizes[10] = 3 * Wide{a.bins};
  return overlapOf(a.groups * a.size, a.bins, records);
}
Records classWeights(const ClassWeights& a) { return {{a.groups, a.groups, a.groups}, ""}; }

Records weightSums(const WeightSums& a) { return {{a.groups}, ""}; }

}  // namespace

const std::vector<KernelSpec>& lossSpecs() {
  using namespace arguments;
  const Argument target{"target", Kind::rows}, prediction{"prediction", Kind::rows}, sparse{"sparse", Kind::flag};
  const Argument logits{"logits", Kind::rows}, probabilities{"probabilities", Kind::rows};
  const Argument gradient{"gradient", Kind::optionalRows}, weight{"weight", Kind::optionalRows};
  const Argument weightSum{"weightSum", Kind::sum}, lossWeight{"lossWeight", Kind::number};
  const Argument smoothing{"smoothing", Kind::number}, delta{"delta", Kind::number};
  const Argument alpha{"alpha", Kind::number}, gamma{"gamma", Kind::number};
  const Argument number{"loss", Kind::count}, divisor{"divisor", Kind::size}, bins{"bins", Kind::size};
  const std::vector<Argument> losses{prediction, target, weight, groups, size, sum, gradient, weightSum, lossWeight};
  const std::vector<Argument> fused{logits, target, probabilities, gradient, weight, weightSum, lossWeight, groups, size, smoothing, sum};
  static const std::vector<KernelSpec> specs = {
      {"weightSums", {weight, groups, sum}, overWords<WeightSums, weightSums>},
      {"softmaxCrossEntropy", joined(fused, {sparse}), overWords<SoftmaxCrossEntropy, softmax>},
      {"sigmoidCrossEntropy", joined(fused, {alpha, gamma}), overWords<SigmoidCrossEntropy, sigmoid>},
      {"elementLoss", joined(losses, {number, divisor, smoothing, delta, alpha, gamma}), overWords<ElementLoss, element>},
      {"categoricalCrossentropy", joined(losses, {sparse, smoothing, alpha, gamma}), overWords<CategoricalCrossentropy, categorical>},
      {"categoricalHinge", losses, overWords<CategoricalHinge, loss<CategoricalHinge>>},
      {"cosineSimilarity", losses, overWords<CosineSimilarity, loss<CosineSimilarity>>},
      {"generalizedCrossEntropy", joined(losses, {sparse, {"q", Kind::number}}), overWords<GeneralizedCrossEntropy, generalized>},
      {"overlapSums", {prediction, target, size, bins, sum}, overWords<OverlapSums, overlapSums>},
      {"overlapLoss", joined(losses, {{"weights", Kind::sum}, {"overlap", Kind::sum}, bins, {"times", Kind::number}, {"shared", Kind::number}, {"wanted", Kind::number}, {"found", Kind::number}}), overWords<OverlapLoss, overlapLoss>},
      {"classWeights", {target, weight, {"y", Kind::rows}, groups, {"ignored", Kind::number}}, overWords<ClassWeights, classWeights>},
  };
  return specs;
}

}  // namespace lockstep
