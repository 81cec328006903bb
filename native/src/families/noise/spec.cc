#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records dropped(const Dropout& a) {
  if (!(a.rate >= 0 && a.rate < 1))
    return {{}, "rate is " + std::to_string(a.rate) + ", expected at least 0 and below 1"};
  const Wide record = times({a.outer, a.draws, a.inner});
  return {{record, record}, ""};
}
Records random(const RandomRows& a) {
  if (a.distribution > 2) return {{}, "distribution is " + std::to_string(a.distribution) + ", expected 0, 1 or 2"};
  return {{Wide{a.size}}, ""};
}
template <class Gaussian>
Records noisy(const Gaussian& a) {
  return {{Wide{a.size}, Wide{a.size}}, ""};
}

}  // namespace

const std::vector<KernelSpec>& noiseSpecs() {
  using namespace arguments;
  static const Argument layer{"layer", Kind::count};
  static const std::vector<Argument> gaussian = {x, y, size, {"deviation", Kind::number}, layer};
  static const std::vector<KernelSpec> specs = {
      {"dropout",
       {{"x", Kind::optionalRows},
        y,
        {"outer", Kind::size},
        {"draws", Kind::size},
        inner,
        {"rate", Kind::number},
        {"scale", Kind::number},
        {"shift", Kind::number},
        {"dropped", Kind::number},
        layer},
       overWords<Dropout, dropped>,
       false,
       {true, "y"}},
      {"gaussianNoise", gaussian, overWords<GaussianNoise, noisy<GaussianNoise>>, false, {true, "y"}},
      {"gaussianDropout", gaussian, overWords<GaussianDropout, noisy<GaussianDropout>>, false, {true, "y"}},
      {"randomRows", {y, size, {"distribution", Kind::count}, layer}, overWords<RandomRows, random>, false, {true, "y"}},
  };
  return specs;
}

}  // namespace lockstep
