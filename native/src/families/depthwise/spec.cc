#include "../../windowSpec.h"
#include "arguments.h"

namespace lockstep {
namespace {

Wide filterSize(const Windows& w) { return times({w.windowHeight, w.windowWidth, w.channels}); }
Wide image(const Windows& w) { return imageOut(w, w.channels); }

Records forward(const DepthwiseConv2dForward& a) {
  const Windows& w = a.windows;
  return {{imageIn(w), filterSize(w), Wide{w.channels}, image(w)}, windowsProblem(w)};
}
Records inputGradient(const DepthwiseConv2dInputGradient& a) {
  const Windows& w = a.windows;
  return {{image(w), filterSize(w), imageIn(w), imageIn(w)}, windowsProblem(w)};
}
Records weightGradient(const DepthwiseConv2dWeightGradient& a) {
  const Windows& w = a.windows;
  return {{imageIn(w), image(w), filterSize(w), Wide{w.channels}}, windowsProblem(w)};
}

}  // namespace

const std::vector<KernelSpec>& depthwiseSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"depthwiseConv2dForward", joined(joined({x, w, b, y}, windowArguments), {activation}),
       overWords<DepthwiseConv2dForward, forward>, false, {true, "y"}},
      {"depthwiseConv2dInputGradient", joined(joined({dy, w, x, dx}, windowArguments), {activation}),
       overWords<DepthwiseConv2dInputGradient, inputGradient>, false, {true, "dx"}},
      {"depthwiseConv2dWeightGradient", joined({x, dy, w, b}, windowArguments),
       overWords<DepthwiseConv2dWeightGradient, weightGradient>, true, {true, nullptr}},
  };
  return specs;
}

}  // namespace lockstep
