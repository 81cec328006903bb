#include "../../windowSpec.h"
#include "arguments.h"

namespace lockstep {
namespace {

Wide filterSize(const Windows& w, i64 filters) { return times({w.windowHeight, w.windowWidth, w.channels, filters}); }

Records checked(const Windows& w, i64 filters, std::array<Wide, kMaxArguments> sizes) {
  if (filterSize(w, filters) >= kMaxElements || imageIn(w) >= kMaxElements)
    return {sizes, "the filters or images are too large"};
  return {sizes, windowsProblem(w)};
}

Records forward(const Conv2dForward& a) {
  const Windows& w = a.windows;
  return checked(w, a.filters, {imageIn(w), filterSize(w, a.filters), Wide{a.filters}, imageOut(w, a.filters)});
}
Records inputGradient(const Conv2dInputGradient& a) {
  const Windows& w = a.windows;
  return checked(w, a.filters, {imageOut(w, a.filters), filterSize(w, a.filters), imageIn(w), imageIn(w)});
}
Records weightGradient(const Conv2dWeightGradient& a) {
  const Windows& w = a.windows;
  return checked(w, a.filters, {imageIn(w), imageOut(w, a.filters), filterSize(w, a.filters), Wide{a.filters}});
}

template <class Arguments>
i64 positions(const Arguments& a) {
  return a.windows.outHeight * a.windows.outWidth;
}

template <class Arguments>
Chunking chunked(const char* output) {
  return {true, output, overWords<Arguments, positions<Arguments>>};
}

}  // namespace

const std::vector<KernelSpec>& conv2dSpecs() {
  using namespace arguments;
  const Argument filters{"filters", Kind::size};
  const auto list = [](std::vector<Argument> before, const std::vector<Argument>& after) {
    return joined(joined(std::move(before), windowArguments), after);
  };
  static const std::vector<KernelSpec> specs = {
      {"conv2dForward", list({x, w, b, y}, {filters, activation}), overWords<Conv2dForward, forward>, false,
       chunked<Conv2dForward>("y")},
      {"conv2dInputGradient", list({dy, w, x, dx}, {filters, activation}), overWords<Conv2dInputGradient, inputGradient>,
       false, chunked<Conv2dInputGradient>("dx")},
      {"conv2dWeightGradient", list({x, dy, w, b}, {filters}), overWords<Conv2dWeightGradient, weightGradient>, true,
       chunked<Conv2dWeightGradient>(nullptr)},
  };
  return specs;
}

}  // namespace lockstep
