// Calls of every kernel over an arena of their own: what the tests under the sanitizers run.
#pragma once

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dispatch.h"
#include "instance.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#endif

namespace lockstep {

constexpr i64 kGuard = 16;
constexpr i64 kRows = 11, kShards = 5, kSumCount = 4 * 70;

struct Region {
  i64 at, size;
};

// The number of a kernel.
inline int numberOf(const std::string& name) {
  const std::vector<KernelSpec>& specs = kernelSpecs();
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const KernelSpec& spec) { return name == spec.name; });
  if (found == specs.end()) throw std::runtime_error("There is no kernel " + name + ".");
  return static_cast<int>(found - specs.begin());
}

// One kernel call under test: its sizes by argument, in the order of its spec; places are filled in.
struct Trial {
  std::string kernel;
  std::vector<double> sizes;  // of the arguments that are no places
  std::vector<i64> records;   // elements of each place, in order; a row's for rows, all for parameters
  bool classes = false;       // the second place holds class numbers
};

inline Trial dense(const std::string& kernel, i64 inner, i64 inputs, i64 units, i64 activation) {
  const double in = static_cast<double>(inner), k = static_cast<double>(inputs), n = static_cast<double>(units);
  const double act = static_cast<double>(activation);
  if (kernel == "denseForward") return {kernel, {in, k, n, act}, {inner * inputs, inputs * units, units, inner * units}};
  if (kernel == "denseInputGradient")
    return {kernel, {in, k, n, act}, {inner * units, inputs * units, inner * inputs, inner * inputs}};
  return {kernel, {in, k, n}, {inner * inputs, inner * units, inputs * units, units}};
}

struct Image {
  i64 height, width, channels, window, stride, dilation, pad, outHeight, outWidth;
};

inline Trial windowed(const std::string& kernel, const Image& m, i64 filters, i64 activation) {
  std::vector<double> sizes;
  for (const i64 size : {m.height, m.width, m.channels, m.window, m.window, m.stride, m.stride, m.dilation, m.dilation,
                         m.pad, m.pad, m.outHeight, m.outWidth})
    sizes.push_back(static_cast<double>(size));
  const i64 x = m.height * m.width * m.channels, w = m.window * m.window * m.channels * filters;
  const i64 positions = m.outHeight * m.outWidth, y = positions * filters, pooled = positions * m.channels;
  const double act = static_cast<double>(activation), f = static_cast<double>(filters);
  const auto with = [&](std::vector<double> after) {
    sizes.insert(sizes.end(), after.begin(), after.end());
    return sizes;
  };
  if (kernel == "conv2dForward") return {kernel, with({f, act}), {x, w, filters, y}};
  if (kernel == "conv2dInputGradient") return {kernel, with({f, act}), {y, w, x, x}};
  if (kernel == "conv2dWeightGradient") return {kernel, with({f}), {x, y, w, filters}};
  if (kernel == "maxPool2dForward") return {kernel, with({}), {x, pooled}};
  return {kernel, with({act, activation % 2 == 0 ? 0.0 : 1.0}), {x, pooled, pooled, x}};
}

// Batch normalization over (inner, channels); its sums stand first, those of its gradients behind them.
inline void addBatchNorm(std::vector<Trial>& all, i64 inner, i64 channels) {
  const double n = static_cast<double>(inner), c = static_cast<double>(channels), gradientSum = 2 * c;
  const i64 x = inner * channels;
  all.push_back({"batchNormSums", {0, n, c}, {x}});
  all.push_back({"batchNormForward", {0, 1e-3, n, c}, {x, x, channels, channels}});
  all.push_back({"batchNormInference", {1e-3, n, c}, {x, x, channels, channels, channels, channels}});
  all.push_back({"batchNormGradientSums", {0, gradientSum, 1e-3, n, c}, {x, x, channels, channels}});
  all.push_back({"batchNormInputGradient", {0, gradientSum, 1e-3, 1, n, c}, {x, x, x, channels}});
  all.push_back({"batchNormFrozenGradient", {1e-3, n, c}, {x, x, channels, channels}});
  all.push_back({"batchNormAverages", {0, 0.9, n, c}, {channels, channels}});
}

// The recurrent kernels, masked; the sizes that all share stand behind those of their own.
inline void addRecurrent(std::vector<Trial>& all, i64 steps, i64 units, i64 reversed) {
  const i64 s = steps * units, uu = units * units;
  const double r = static_cast<double>(reversed);
  const std::vector<double> plain = {static_cast<double>(steps), static_cast<double>(units), 3, r};
  const std::vector<double> gated = {plain[0], plain[1], 3, 2 + 2 * r, r};
  all.push_back({"lstmForward", gated, {4 * s, 4 * uu, units, units, s, s, s, units, steps, units}});
  all.push_back({"lstmBackward", gated, {4 * s, units, s, 4 * uu, s, units, units, 4 * s, units, units, steps, units}});
  all.push_back({"simpleRnnForward", plain, {s, uu, units, s, s, units, steps, units}});
  all.push_back({"simpleRnnBackward", plain, {s, uu, s, units, s, units, steps, units}});
  for (const double resetAfter : {0.0, 1.0}) {
    std::vector<double> sizes = gated;
    sizes.insert(sizes.begin(), resetAfter);
    all.push_back({"gruForward", sizes, {3 * s, 3 * uu, 3 * units, units, s, s, s, units, steps, units}});
    all.push_back({"gruBackward", sizes, {3 * s, s, s, 3 * uu, s, units, 3 * s, 3 * s, units, steps, units}});
  }
}

// Kernels over time steps and over words.
inline void addSteps(std::vector<Trial>& all, i64 steps, i64 size) {
  const double t = static_cast<double>(steps), n = static_cast<double>(size);
  const i64 x = steps * size, words = 3;
  all.push_back({"reverseSteps", {t, n}, {x, x}});
  all.push_back({"indexMask", {n}, {size, size}});
  all.push_back({"stepMask", {t, n, 0.5}, {x, steps}});
  all.push_back({"maskSteps", {t, n}, {x, steps, x}});
  all.push_back({"dropUnweighted", {t, n}, {x, steps}});
  all.push_back({"maskedMeanForward", {t, n}, {x, steps, size}});
  all.push_back({"maskedMeanBackward", {t, n}, {steps, size, x}});
  all.push_back({"embeddingForward", {t, words, n}, {steps, words * size, x}});
  all.push_back({"embeddingWeightGradient", {t, words, n}, {steps, x, words * size}});
  all.push_back({"denseColumnsGradient", {t, n, 7, 2, 5}, {x, 7 * steps, 7 * size}});
}

// Losses of two groups of n, with a weight each.
inline void addLosses(std::vector<Trial>& all, i64 n) {
  const double size = static_cast<double>(n);
  const std::vector<double> fused = {1, 0.5, 2, size, 0.1, 0};
  const std::vector<double> loss = {2, size, 0, 1, 0.5};
  const auto with = [](std::vector<double> sizes, const std::vector<double>& more) {
    sizes.insert(sizes.end(), more.begin(), more.end());
    return sizes;
  };
  all.push_back({"weightSums", {2, 0}, {2}});
  for (const bool sparse : {false, true}) {
    const i64 target = sparse ? 2 : 2 * n;
    all.push_back({"softmaxCrossEntropy", with(fused, {sparse ? 1.0 : 0.0}), {2 * n, target, 2 * n, 2 * n, 2}, sparse});
    for (const double gamma : {0.0, 1.5}) {
      const std::vector<double> options = {sparse ? 1.0 : 0.0, 0.1, gamma == 0 ? 1 : 0.4, gamma};
      all.push_back({"categoricalCrossentropy", with(loss, options), {2 * n, target, 2, 2 * n}, sparse});
    }
  }
  for (const double gamma : {0.0, 1.5})
    all.push_back({"sigmoidCrossEntropy", with(fused, {gamma == 0 ? -1.0 : 0.4, gamma}), {2 * n, 2 * n, 2 * n, 2 * n, 2}});
  for (double number = 0; number < 13; number++)
    all.push_back({"elementLoss", with(loss, {number, size, 0.1, 0.7, 0.3, 1.5}), {2 * n, 2 * n, 2, 2 * n}});
  for (const char* kernel : {"categoricalHinge", "cosineSimilarity"})
    all.push_back({kernel, loss, {2 * n, 2 * n, 2, 2 * n}});
  all.push_back({"generalizedCrossEntropy", with(loss, {1, 0.7}), {2 * n, 2, 2, 2 * n}, true});
  all.push_back({"overlapSums", {2 * size, size, 0}, {2 * n, 2 * n}});
  all.push_back({"overlapLoss", with(loss, {0, 0, size, 2, 0, 1, 1}), {2 * n, 2 * n, 2, 2 * n}});
  all.push_back({"classWeights", {2, 1}, {2, 2, 2}});
}

// Metrics of two groups of n, with a weight each.
inline void addMetrics(std::vector<Trial>& all, i64 n) {
  const double size = static_cast<double>(n);
  all.push_back({"binaryAccuracy", {2, size, 0, 0.5}, {2 * n, 2 * n, 2}});
  all.push_back({"residualSums", {2, size, 0}, {2 * n, 2 * n, 2}});
  for (const bool sparse : {false, true}) {
    const double flag = sparse ? 1.0 : 0.0;
    const std::vector<i64> records = {2 * n, sparse ? 2 : 2 * n, 2};
    all.push_back({"categoricalAccuracy", {2, size, 0, flag}, records, sparse});
    all.push_back({"topKAccuracy", {2, size, 0, flag, 2}, records, sparse});
    for (const double largest : {0.0, 1.0})
      all.push_back({"classCounts", {2, size, 0, flag, 0, 3, largest, 0.2}, records, sparse});
    all.push_back({"bucketCounts", {2, size, 0, flag, 0, 3}, records, sparse});
    all.push_back({"bucketCounts", {2, size, 0, flag, 1, 100}, records, sparse});
  }
}

// Functions element by element and over axes, of n numbers.
inline void addFunctions(std::vector<Trial>& all, i64 n) {
  const double size = static_cast<double>(n);
  for (double function = 0; function < 29; function++) all.push_back({"unary", {size, function}, {n, n}});
  for (double function = 0; function < 13; function++)
    for (const double reversed : {0.0, 1.0})
      all.push_back({"binary", {size, function, 0.7, reversed}, {n, n, n}});
  all.push_back({"select", {size, 2, -3}, {n, n, n, n}});
  all.push_back({"repeatParameter", {size}, {n, n}});
  for (double reduction = 0; reduction < 7; reduction++) {
    all.push_back({"reduceAxis", {3, size, 1, reduction}, {3 * n, 3}});
    all.push_back({"reduceAxis", {2, 3, size, reduction}, {6 * n, 2 * n}});
  }
}

inline std::vector<Trial> trials() {
  std::vector<Trial> all;
  for (const char* kernel : {"denseForward", "denseInputGradient", "denseWeightGradient"})
    for (const auto& s : {std::vector<i64>{1, 1, 1, 0}, {1, 7, 33, 1}, {1, 300, 17, 2}, {3, 16, 64, 3}, {40, 5, 2, 1}})
      all.push_back(dense(kernel, s[0], s[1], s[2], s[3]));
  const Image images[] = {{1, 1, 1, 1, 1, 1, 0, 1, 1}, {6, 7, 3, 3, 1, 1, 1, 6, 7},  {9, 8, 1, 3, 1, 1, 1, 9, 8},
                          {8, 9, 2, 3, 2, 1, 1, 4, 5}, {7, 7, 17, 2, 1, 2, 0, 5, 5}, {3, 2, 2, 5, 1, 1, 2, 3, 2}};
  for (const char* kernel :
       {"conv2dForward", "conv2dInputGradient", "conv2dWeightGradient", "maxPool2dForward", "maxPool2dBackward"})
    for (const Image& image : images)
      for (const i64 filters : {1, 5, 40}) all.push_back(windowed(kernel, image, filters, filters % 4));
  for (const auto& s : {std::vector<i64>{1, 1}, {1, 70}, {3, 5}, {7, 16}, {70, 1}, {2, 64}}) addBatchNorm(all, s[0], s[1]);
  for (const auto& s : {std::vector<i64>{1, 1, 0}, {3, 5, 1}, {2, 16, 0}, {3, 33, 1}, {2, 130, 0}}) addRecurrent(all, s[0], s[1], s[2]);
  for (const auto& s : {std::vector<i64>{1, 1}, {3, 5}, {4, 16}, {2, 33}}) addSteps(all, s[0], s[1]);
  for (const i64 n : {1, 5, 16, 35}) {
    const double size = static_cast<double>(n);
    for (i64 activation = 0; activation < 13; activation++) {
      all.push_back({"activationForward", {size, static_cast<double>(activation)}, {n, n}});
      all.push_back({"activationBackward", {size, static_cast<double>(activation)}, {n, n, n}});
    }
    all.push_back({"softmaxForward", {2, size}, {2 * n, 2 * n}});
    all.push_back({"softmaxBackward", {2, size}, {2 * n, 2 * n, 2 * n}});
    for (i64 distribution = 0; distribution < 3; distribution++)
      all.push_back({"randomRows", {size, static_cast<double>(distribution), 7}, {n}});
    all.push_back({"sparsemaxForward", {2, size}, {2 * n, 2 * n}});
    all.push_back({"sparsemaxBackward", {2, size}, {2 * n, 2 * n, 2 * n}});
    all.push_back({"dropout", {1, size, 1, 0.3, 1.4, 0, 0, 7}, {n, n}});
    all.push_back({"dropout", {3, size, 2, 0.3, 1.4, 0.1, -1, 7}, {6 * n, 6 * n}});
    addLosses(all, n);
    addMetrics(all, n);
    addFunctions(all, n);
  }
  return all;
}

inline bool isParameter(Kind kind) { return kind == Kind::parameter || kind == Kind::optionalParameter; }

inline bool isPlace(Kind kind) { return isParameter(kind) || kind == Kind::rows || kind == Kind::optionalRows; }

// A guarded arena for some calls: their buffers, the parameters, a slab a shard, the sums; and the program that makes
// those calls in each of the given stages.
struct Bench {
  std::vector<Region> regions;
  std::vector<double> encoded;
  Limits limits;
  std::vector<i64> slabs;
  i64 end = kGuard;

  explicit Bench(const std::vector<Trial>& calls, const std::vector<int>& stages = {0}) {
    i64 parameters = 0;
    for (const Trial& trial : calls) parameters += parametersOf(trial);
    limits.batchCapacity = kRows;
    limits.passCapacity = kRows;
    limits.passShards = kRows;
    limits.parameterLength = parameters;
    limits.vectorLength = parameters;
    limits.parameters = parameters > 0 ? take(parameters) : 0;
    std::vector<double> part = {1, static_cast<double>(calls.size())};
    i64 parameter = 0;
    for (const Trial& trial : calls) addCall(part, trial, parameter);
    for (int stage = 0; stage < kStages; stage++) {
      if (std::find(stages.begin(), stages.end(), stage) == stages.end())
        encoded.push_back(0);
      else
        encoded.insert(encoded.end(), part.begin(), part.end());
    }
    for (i64 shard = 0; shard < kShards; shard++) slabs.push_back(parameters > 0 ? take(parameters) : kGuard);
    limits.sumCount = kSumCount;
    limits.sums = take(2 * kSumCount * kShards) / 2;
    limits.arenaFloats = end;
  }

  void fill(std::vector<float>& arena) const {
    u32 state = 12345;
    for (float& value : arena) {
      state = state * 1664525u + 1013904223u;
      value = static_cast<float>(state >> 8) / 16777216.0f;
    }
    const std::int32_t numbers[] = {0, 1, 3, 99, -1};
    for (const i64 target : classes_)
      for (i64 i = 0; i < 2 * kRows; i++)
        std::memcpy(&arena[static_cast<std::size_t>(target + i)], &numbers[i % 5], sizeof(float));
  }

  void guard(std::vector<float>& arena) const {
    i64 at = 0;
    for (const Region& region : regions) {
      ASAN_POISON_MEMORY_REGION(arena.data() + at, static_cast<std::size_t>(region.at - at) * sizeof(float));
      at = region.at + region.size;
    }
    ASAN_POISON_MEMORY_REGION(arena.data() + at, (arena.size() - static_cast<std::size_t>(at)) * sizeof(float));
  }

 private:
  // Where class numbers stand.
  std::vector<i64> classes_;

  i64 take(i64 size) {
    const i64 at = end;
    regions.push_back({at, size});
    end = (at + size + kGuard + 15) / 16 * 16;
    return at;
  }

  static const std::vector<Argument>& argumentsOf(const Trial& trial) {
    const auto& arguments = kernelSpecs()[static_cast<std::size_t>(numberOf(trial.kernel))].arguments;
    const auto places = static_cast<std::size_t>(
        std::count_if(arguments.begin(), arguments.end(), [](const Argument& argument) { return isPlace(argument.kind); }));
    if (trial.records.size() != places || trial.sizes.size() != arguments.size() - places)
      throw std::runtime_error("The trial of " + trial.kernel + " has other arguments than the kernel.");
    return arguments;
  }

  static i64 parametersOf(const Trial& trial) {
    i64 parameters = 0;
    std::size_t place = 0;
    for (const Argument& argument : argumentsOf(trial))
      if (isPlace(argument.kind)) {
        if (isParameter(argument.kind)) parameters += trial.records[place];
        place++;
      }
    return parameters;
  }

  // Appends a call whose places are new ones.
  void addCall(std::vector<double>& part, const Trial& trial, i64& parameter) {
    part.push_back(static_cast<double>(numberOf(trial.kernel)));
    part.push_back(1);
    std::size_t size = 0, place = 0;
    for (const Argument& argument : argumentsOf(trial)) {
      if (!isPlace(argument.kind)) {
        part.push_back(trial.sizes[size++]);
        continue;
      }
      const i64 record = trial.records[place++];
      const i64 at = isParameter(argument.kind) ? parameter : take(record * kRows);
      if (isParameter(argument.kind)) parameter += record;
      if (trial.classes && place == 2) classes_.push_back(at);
      part.push_back(static_cast<double>(at));
    }
  }
};

// The pass of shards [first, end) of a batch of kRows rows in kShards shards; every shard is published on its own or,
// where the pass has four, as one node.
inline std::vector<std::int32_t> passOf(const Bench& bench, i64 first, i64 end) {
  const auto start = [](i64 shard) { return shard * (kRows / kShards) + (shard < kRows % kShards ? shard : kRows % kShards); };
  std::vector<i64> words = {start(first), start(end) - start(first), kRows, kShards, first, 3, end - first, 0};
  for (i64 shard = first; shard <= end; shard++) words.push_back(start(shard));
  const i64 step = end - first == 4 ? 4 : 1;
  for (i64 shard = first; shard < end; shard += step) {
    for (const i64 word : {shard, step, bench.slabs[static_cast<std::size_t>(shard)]}) words.push_back(word);
    words[7]++;
  }
  return std::vector<std::int32_t>(words.begin(), words.end());
}

}  // namespace lockstep
