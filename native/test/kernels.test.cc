// Runs every kernel over guarded memory, in every build of the kernels that this processor has: what the address and
// undefined-behaviour sanitizers watch. Between any two buffers lie poisoned bytes, so that a read or write beyond a
// buffer is an error even inside the arena. The builds must also leave the same bits behind.
#include <cstdio>

#include "trials.h"

using namespace lockstep;

namespace {

std::vector<float> runTrial(const Trial& trial, const KernelSet& kernels) {
  const Bench bench({trial});
  std::vector<float> arena(static_cast<std::size_t>(bench.end));
  bench.fill(arena);
  AttachInput input{};
  input.arena = arena.data();
  input.limits = bench.limits;
  input.encoded = bench.encoded.data();
  input.encodedLength = bench.encoded.size();
  input.kernels = &kernels;
  bench.guard(arena);
  Instance instance(input);
  for (const auto& [first, end] : {std::pair<i64, i64>{0, 4}, {4, 5}}) {
    const std::vector<std::int32_t> pass = passOf(bench, first, end);
    instance.run(0, 0, pass.data(), pass.size());
  }
  ASAN_UNPOISON_MEMORY_REGION(arena.data(), arena.size() * sizeof(float));
  return arena;
}

}  // namespace

int main() {
  int failures = 0;
  const std::vector<const KernelSet*> sets = supportedKernels();
  const std::vector<Trial> all = trials();
  for (const Trial& trial : all) {
    const std::vector<float> expected = runTrial(trial, *sets.front());
    for (const KernelSet* set : sets) {
      const std::vector<float> actual = runTrial(trial, *set);
      if (std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(float)) == 0) continue;
      std::printf("not ok: %s leaves other bits on %s than on %s\n", trial.kernel.c_str(), set->isa,
                  sets.front()->isa);
      failures++;
    }
  }
  std::printf("%zu kernel calls on %zu instruction sets, %d failures\n", all.size(), sets.size(), failures);
  return failures == 0 ? 0 : 1;
}
