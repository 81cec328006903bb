#include "peaks.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace lockstep {
namespace {

template <class Work>
double seconds(Work work) {
  const auto before = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

// The best of several runs: noise only ever slows one down.
template <class Work>
double bestSeconds(int runs, Work work) {
  double best = 1e30;
  for (int i = 0; i < runs; i++) best = std::min(best, seconds(work));
  return best;
}

double sumOf(const std::vector<float>& values) {
  double sums[8] = {};
  const auto* words = reinterpret_cast<const double*>(values.data());
  for (std::size_t i = 0; i + 8 <= values.size() / 2; i += 8)
    for (int j = 0; j < 8; j++) sums[j] += words[i + static_cast<std::size_t>(j)];
  return sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
}

}  // namespace

Peaks measurePeaks(const KernelSet& kernels) {
  Peaks peaks{};
  double operations = 0;
  const double burning = bestSeconds(12, [&] { operations = kernels.burnFma(200000); });
  peaks.gigaflops = operations / burning / 1e9;
  const std::size_t floats = std::size_t{1} << 24;
  std::vector<float> a(floats, 0.0f), b(floats, 0.0f);
  const double bytes = static_cast<double>(floats) * sizeof(float);
  volatile double kept = 0;
  peaks.readGigabytes = bytes / bestSeconds(5, [&] { kept = sumOf(a); }) / 1e9;
  static_cast<void>(kept);
  peaks.addGigabytes =
      3 * bytes / bestSeconds(5, [&] { kernels.add(a.data(), b.data(), static_cast<i64>(floats)); }) / 1e9;
  return peaks;
}

}  // namespace lockstep
