#include "../../windowSpec.h"
#include "arguments.h"

namespace lockstep {
namespace {

Records poolForward(const AveragePool2dForward& a) {
  const Windows& w = a.windows;
  return {{imageIn(w), imageOut(w, w.channels)}, windowsProblem(w)};
}
Records poolBackward(const AveragePool2dBackward& a) {
  const Windows& w = a.windows;
  return {{imageOut(w, w.channels), imageIn(w), imageIn(w)}, windowsProblem(w)};
}

Wide small(const Resizing& r) { return times({r.height, r.width, r.channels}); }
Wide large(const Resizing& r) { return times({r.outHeight, r.outWidth, r.channels}); }

Records bilinearForward(const BilinearForward& a) { return {{small(a.sizes), large(a.sizes)}, ""}; }
Records bilinearBackward(const BilinearBackward& a) { return {{large(a.sizes), small(a.sizes)}, ""}; }

const std::vector<Argument> resizingArguments = {{"height", Kind::size},
                                                 {"width", Kind::size},
                                                 {"channels", Kind::size},
                                                 {"outHeight", Kind::size},
                                                 {"outWidth", Kind::size}};

}  // namespace

const std::vector<KernelSpec>& resampleSpecs() {
  using namespace arguments;
  static const std::vector<KernelSpec> specs = {
      {"averagePool2dForward", joined({x, y}, windowArguments), overWords<AveragePool2dForward, poolForward>, false,
       {true, "y"}},
      {"averagePool2dBackward", joined(joined({dy, x, dx}, windowArguments), {activation}),
       overWords<AveragePool2dBackward, poolBackward>, false, {true, "dx"}},
      {"bilinearForward", joined({x, y}, resizingArguments), overWords<BilinearForward, bilinearForward>, false,
       {true, "y"}},
      {"bilinearBackward", joined({dy, dx}, resizingArguments), overWords<BilinearBackward, bilinearBackward>, false,
       {true, "dx"}},
  };
  return specs;
}

}  // namespace lockstep
