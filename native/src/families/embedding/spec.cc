#include "../../spec.h"

#include "arguments.h"

namespace lockstep {
namespace {

Records forward(const EmbeddingForward& a) {
  return {{Wide{a.inner}, times({a.vocabulary, a.size}), times({a.inner, a.size})}, ""};
}
Records weightGradient(const EmbeddingWeightGradient& a) {
  return {{Wide{a.inner}, times({a.inner, a.size}), times({a.vocabulary, a.size})}, ""};
}

}  // namespace

const std::vector<KernelSpec>& embeddingSpecs() {
  using namespace arguments;
  const Argument vocabulary{"vocabulary", Kind::size};
  static const std::vector<KernelSpec> specs = {
      {"embeddingForward", {x, w, y, inner, vocabulary, size}, overWords<EmbeddingForward, forward>},
      {"embeddingWeightGradient", {x, dy, w, inner, vocabulary, size}, overWords<EmbeddingWeightGradient, weightGradient>, true},
  };
  return specs;
}

}  // namespace lockstep
