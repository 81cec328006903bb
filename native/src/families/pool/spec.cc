#include "../../windowSpec.h"
#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const MaxPool2dForward& a) {
  const Windows& w = a.windows;
  return {{imageIn(w), imageOut(w, w.channels)}, windowsProblem(w)};
}
Records backward(const MaxPool2dBackward& a) {
  const Windows& w = a.windows;
  const Wide y = imageOut(w, w.channels);
  return {{imageIn(w), y, y, imageIn(w)}, windowsProblem(w)};
}

}  // namespace

const std::vector<KernelSpec>& poolSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"maxPool2dForward", joined({x, y}, windowArguments), overWords<MaxPool2dForward, forward>, false, {true, "y"}},
      {"maxPool2dBackward", joined(joined({x, y, dy, dx}, windowArguments), {activation, {"shared", Kind::flag}}),
       overWords<MaxPool2dBackward, backward>, false, {true, "dx"}},
  };
  return specs;
}

}  // namespace lockstep
