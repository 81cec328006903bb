// Programs are not believed: encoded programs and passes, damaged at seeded places, are attached, and run where they were
// accepted. Whatever they hold, the address and undefined-behaviour sanitizers have nothing to report.
//
//   programs.test [RUNS [FIRST_SEED]]     a run that fails is repeated by RUNS = 1 and its seed
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "trials.h"

using namespace lockstep;

namespace {

constexpr int kForward = 0, kBackward = 1;

// Small, the same on every machine: Steele and others, "Fast Splittable Pseudorandom Number Generators", 2014.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}

  i64 below(i64 count) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t word = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return static_cast<i64>((word ^ (word >> 31)) % static_cast<std::uint64_t>(count));
  }

  template <class Item>
  const Item& of(const std::vector<Item>& items) {
    return items[static_cast<std::size_t>(below(static_cast<i64>(items.size())))];
  }

 private:
  std::uint64_t state_;
};

const std::vector<double> kStrange = {-1,         0,   1,     2,    0.5,         -0.0,  2147483647.0, 2147483648.0,
                                      4294967296, 1e9, 65536, 1e18, 9.2233720368547758e18, -1e300, 1e300,
                                      std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};

// A number of the list replaced, moved a little, exchanged with another, removed or doubled.
template <class Number>
void mutate(std::vector<Number>& numbers, Choices& choices, const std::vector<Number>& strange) {
  for (i64 change = choices.below(3); change >= 0 && !numbers.empty(); change--) {
    const i64 at = choices.below(static_cast<i64>(numbers.size()));
    Number& number = numbers[static_cast<std::size_t>(at)];
    const i64 kind = choices.below(8);
    if (kind < 2) number = choices.of(strange);
    else if (kind < 5) number = static_cast<Number>(static_cast<double>(number) + static_cast<double>(choices.below(9) - 4));
    else if (kind == 5) number = choices.of(numbers);
    else if (kind == 6) numbers.erase(numbers.begin() + at);
    else numbers.insert(numbers.begin() + at, Number{number});
  }
}

struct Counts {
  i64 attached = 0, ran = 0;
};

// One damaged program over one damaged pass or a good one.
void runSeed(std::uint64_t seed, const std::vector<Trial>& all, Counts& counts) {
  Choices choices(seed);
  std::vector<Trial> calls;
  for (i64 n = choices.below(3); n >= 0; n--) calls.push_back(choices.of(all));
  const Bench bench(calls, {kForward, kBackward});
  // Of its very size and on the heap, so that what lies beyond it is watched.
  std::vector<float> arena(static_cast<std::size_t>(bench.end));
  arena.shrink_to_fit();
  bench.fill(arena);
  std::vector<double> encoded = bench.encoded;
  if (choices.below(10) > 0) mutate(encoded, choices, kStrange);
  encoded.shrink_to_fit();
  std::vector<std::int32_t> pass = passOf(bench, 0, choices.below(2) == 0 ? 4 : kShards);
  if (choices.below(2) == 0) mutate(pass, choices, {-1, 0, 1, 2, 11, 12, 65536, 2147483647, -2147483647});
  pass.shrink_to_fit();

  AttachInput input{};
  input.arena = arena.data();
  input.limits = bench.limits;
  input.encoded = encoded.data();
  input.encodedLength = encoded.size();
  input.kernels = &portableKernels();
  std::unique_ptr<Instance> instance;
  try {
    instance = std::make_unique<Instance>(input);
  } catch (const std::exception&) {
    return;
  }
  counts.attached++;
  for (const int stage : {kForward, kBackward}) try {
      instance->run(stage, 0, pass.data(), pass.size());
      counts.ran++;
    } catch (const std::exception&) {
    }
}

}  // namespace

int main(int count, char** words) {
  const std::uint64_t runs = count > 1 ? std::strtoull(words[1], nullptr, 10) : 20000;
  const std::uint64_t first = count > 2 ? std::strtoull(words[2], nullptr, 10) : 0;
  const bool isSaid = std::getenv("LOCKSTEP_SAY_SEEDS") != nullptr;
  const std::vector<Trial> all = trials();
  Counts counts;
  for (std::uint64_t seed = first; seed < first + runs; seed++) {
    if (isSaid) std::fprintf(stderr, "seed %llu\n", static_cast<unsigned long long>(seed));
    runSeed(seed, all, counts);
  }
  std::printf("%llu damaged programs from seed %llu: %lld attached, %lld stages run\n",
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(first),
              static_cast<long long>(counts.attached), static_cast<long long>(counts.ran));
  return 0;
}
