#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

template <class Arguments>
Wide image(const Arguments& a) {
  return times({a.inner, a.channels});
}

Records sums(const BatchNormSums& a) { return {{image(a), 2 * Wide{a.channels}}, ""}; }
Records forward(const BatchNormForward& a) {
  const Wide x = image(a), c = a.channels;
  return {{x, x, c, c, 2 * c}, ""};
}
Records inference(const BatchNormInference& a) {
  const Wide x = image(a), c = a.channels;
  return {{x, x, c, c, c, c}, ""};
}
Records gradientSums(const BatchNormGradientSums& a) {
  const Wide x = image(a), c = a.channels;
  return {{x, x, c, c, 2 * c, 2 * c}, ""};
}
Records inputGradient(const BatchNormInputGradient& a) {
  const Wide x = image(a), c = a.channels;
  return {{x, x, x, c, 2 * c, 2 * c}, ""};
}
Records frozenGradient(const BatchNormFrozenGradient& a) {
  const Wide x = image(a), c = a.channels;
  return {{x, x, c, c}, ""};
}
Records averages(const BatchNormAverages& a) {
  const Wide c = a.channels;
  return {{c, c, 2 * c}, ""};
}

}  // namespace

const std::vector<KernelSpec>& batchnormSpecs() {
  using namespace arguments;
  const Argument channels{"channels", Kind::size}, epsilon{"epsilon", Kind::number};
  const Argument gamma{"gamma", Kind::optionalParameter}, beta{"beta", Kind::optionalParameter};
  const Argument mean{"mean", Kind::parameter}, variance{"variance", Kind::parameter};
  const Argument gradientSum{"gradientSum", Kind::sum}, momentum{"momentum", Kind::number};
  static const std::vector<KernelSpec> specs = {
      {"batchNormSums", {x, sum, inner, channels}, overWords<BatchNormSums, sums>},
      {"batchNormForward", {x, y, gamma, beta, sum, epsilon, inner, channels}, overWords<BatchNormForward, forward>},
      {"batchNormInference", {x, y, gamma, beta, mean, variance, epsilon, inner, channels}, overWords<BatchNormInference, inference>},
      {"batchNormGradientSums", {x, dy, gamma, beta, sum, gradientSum, epsilon, inner, channels}, overWords<BatchNormGradientSums, gradientSums>, true},
      {"batchNormInputGradient", {x, dy, dx, gamma, sum, gradientSum, epsilon, activation, inner, channels}, overWords<BatchNormInputGradient, inputGradient>},
      {"batchNormFrozenGradient", {dy, dx, gamma, variance, epsilon, inner, channels}, overWords<BatchNormFrozenGradient, frozenGradient>},
      {"batchNormAverages", {mean, variance, sum, momentum, inner, channels}, overWords<BatchNormAverages, averages>},
  };
  return specs;
}

}  // namespace lockstep
