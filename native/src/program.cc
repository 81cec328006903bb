#include "program.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "records.h"

namespace lockstep {

const std::vector<KernelSpec>& kernelSpecs() {
  static const std::vector<KernelSpec> specs = [] {
    const Argument w{"w", Kind::parameter}, b{"b", Kind::optionalParameter}, x{"x", Kind::rows}, y{"y", Kind::rows};
    const Argument dx{"dx", Kind::rows}, dy{"dy", Kind::rows}, inner{"inner", Kind::size}, size{"size", Kind::size};
    const Argument inputs{"inputs", Kind::size}, units{"units", Kind::size}, filters{"filters", Kind::size};
    const Argument activation{"activation", Kind::activation}, groups{"groups", Kind::size}, sum{"sum", Kind::sum};
    const Argument target{"target", Kind::rows}, prediction{"prediction", Kind::rows}, sparse{"sparse", Kind::flag};
    const Argument logits{"logits", Kind::rows}, probabilities{"probabilities", Kind::rows};
    const Argument gradient{"gradient", Kind::optionalRows};
    const Argument channels{"channels", Kind::size}, epsilon{"epsilon", Kind::number}, gradientSum{"gradientSum", Kind::sum};
    const Argument gamma{"gamma", Kind::optionalParameter}, beta{"beta", Kind::optionalParameter};
    const Argument mean{"mean", Kind::parameter}, variance{"variance", Kind::parameter};
    const Argument u{"u", Kind::parameter}, c{"c", Kind::rows};
    const auto recurrent = [&](std::vector<Argument> before) {
      before.insert(before.end(), {{"steps", Kind::size}, units, activation, {"recurrentActivation", Kind::activation}, {"reversed", Kind::flag}});
      return before;
    };
    const auto windowed = [](std::vector<Argument> before, std::vector<Argument> after) {
      const std::vector<Argument> windows = {
          {"height", Kind::size},       {"width", Kind::size},          {"channels", Kind::size},
          {"windowHeight", Kind::size}, {"windowWidth", Kind::size},    {"strideHeight", Kind::size},
          {"strideWidth", Kind::size},  {"dilationHeight", Kind::size}, {"dilationWidth", Kind::size},
          {"padTop", Kind::count},      {"padLeft", Kind::count},       {"outHeight", Kind::size},
          {"outWidth", Kind::size}};
      before.insert(before.end(), windows.begin(), windows.end());
      before.insert(before.end(), after.begin(), after.end());
      return before;
    };
    return std::vector<KernelSpec>{
        {"denseForward", {x, w, b, y, inner, inputs, units, activation}},
        {"denseInputGradient", {dy, w, x, dx, inner, inputs, units, activation}},
        {"denseWeightGradient", {x, dy, w, b, inner, inputs, units}},
        {"conv2dForward", windowed({x, w, b, y}, {filters, activation})},
        {"conv2dInputGradient", windowed({dy, w, x, dx}, {filters, activation})},
        {"conv2dWeightGradient", windowed({x, dy, w, b}, {filters})},
        {"maxPool2dForward", windowed({x, y}, {})},
        {"maxPool2dBackward", windowed({x, y, dy, dx}, {activation})},
        {"activationForward", {x, y, size, activation}},
        {"activationBackward", {y, dy, dx, size, activation}},
        {"softmaxForward", {x, y, groups, size}},
        {"softmaxBackward", {y, dy, dx, groups, size}},
        {"batchNormSums", {x, sum, inner, channels}},
        {"batchNormForward", {x, y, gamma, beta, sum, epsilon, inner, channels}},
        {"batchNormInference", {x, y, gamma, beta, mean, variance, epsilon, inner, channels}},
        {"batchNormGradientSums", {x, dy, gamma, beta, sum, gradientSum, epsilon, inner, channels}},
        {"batchNormInputGradient", {x, dy, dx, gamma, sum, gradientSum, epsilon, activation, inner, channels}},
        {"batchNormFrozenGradient", {dy, dx, gamma, variance, epsilon, inner, channels}},
        {"batchNormAverages", {mean, variance, sum, {"momentum", Kind::number}, inner, channels}},
        {"lstmForward", recurrent({{"z", Kind::rows}, u, {"h", Kind::rows}, c, {"previous", Kind::rows}, {"last", Kind::rows}})},
        {"lstmBackward", recurrent({{"gates", Kind::rows}, c, u, {"dh", Kind::optionalRows}, {"dLast", Kind::optionalRows}, {"dz", Kind::rows}})},
        {"dropout", {x, y, size, {"rate", Kind::number}, {"layer", Kind::count}}},
        {"softmaxCrossEntropy", {logits, target, probabilities, gradient, groups, size, sparse, sum}},
        {"sigmoidCrossEntropy", {logits, target, probabilities, gradient, size, sum}},
        {"meanSquaredError", {prediction, target, gradient, size, sum}},
        {"binaryCrossentropy", {prediction, target, gradient, size, sum}},
        {"categoricalCrossentropy", {prediction, target, gradient, groups, size, sparse, sum}},
        {"binaryAccuracy", {prediction, target, size, {"threshold", Kind::number}, sum}},
        {"categoricalAccuracy", {prediction, target, groups, size, sparse, sum}},
    };
  }();
  return specs;
}

namespace {

const char* const stageNames[kStages] = {"forward", "backward", "evaluation", "prediction", "averages"};
constexpr i64 kActivations = 11;
// No single size is larger, so that products of three sizes and a batch can be checked in 128 bits.
constexpr i64 kMaxSize = (i64{1} << 31) - 1;

// Reads the encoded numbers in order and knows where it is, for messages.
class Reader {
 public:
  Reader(const double* values, std::size_t length) : values_(values), length_(length) {}

  void at(int stage, i64 call) { stage_ = stage, call_ = call, kernel_ = nullptr, argument_ = nullptr; }
  void in(const char* kernel) { kernel_ = kernel; }
  void read(const char* argument) { argument_ = argument; }

  double number() {
    if (next_ >= length_) fail("the program ends too early");
    return values_[next_++];
  }
  i64 whole() {
    const double value = number();
    if (!(std::fabs(value) <= 9007199254740992.0) || value != std::floor(value))
      fail("is " + std::to_string(value) + ", expected a whole number");
    return static_cast<i64>(value);
  }
  bool isAtEnd() const { return next_ == length_; }

  [[noreturn]] void fail(const std::string& what) const {
    std::string where = "Program";
    if (stage_ >= 0) where += ", stage " + std::string(stageNames[stage_]) + ", call " + std::to_string(call_);
    if (kernel_) where += " (" + std::string(kernel_) + ")";
    if (argument_) where += ", argument " + std::string(argument_);
    throw std::runtime_error(where + ": " + what + ".");
  }

 private:
  const double* values_;
  std::size_t length_, next_ = 0;
  int stage_ = -1;
  i64 call_ = 0;
  const char* kernel_ = nullptr;
  const char* argument_ = nullptr;
};

void expectRange(const Reader& reader, i64 value, i64 least, i64 most) {
  if (value >= least && value <= most) return;
  reader.fail("is " + std::to_string(value) + ", expected " + std::to_string(least) + " to " + std::to_string(most));
}

i64 readArgument(Reader& reader, Kind kind, const Limits& limits) {
  if (kind == Kind::number) {
    const double value = reader.number();
    if (!std::isfinite(value)) reader.fail("is not a finite number");
    i64 word;
    std::memcpy(&word, &value, sizeof word);
    return word;
  }
  const i64 value = reader.whole();
  switch (kind) {
    case Kind::rows: expectRange(reader, value, 0, limits.arenaFloats - 1); break;
    case Kind::optionalRows: expectRange(reader, value, -1, limits.arenaFloats - 1); break;
    case Kind::parameter: expectRange(reader, value, 0, limits.vectorLength - 1); break;
    case Kind::optionalParameter: expectRange(reader, value, -1, limits.vectorLength - 1); break;
    case Kind::sum: expectRange(reader, value, 0, limits.sumCount - 1); break;
    case Kind::size: expectRange(reader, value, 1, kMaxSize); break;
    case Kind::count: expectRange(reader, value, 0, kMaxSize); break;
    case Kind::activation: expectRange(reader, value, 0, kActivations - 1); break;
    case Kind::flag: expectRange(reader, value, 0, 1); break;
    case Kind::number: break;
  }
  return value;
}

// Whether the call writes gradients of its parameters to slabs, which hold the trained parameters alone.
bool writesGradients(const Call& call) {
  return call.kernel == kDenseWeightGradient || call.kernel == kConv2dWeightGradient ||
         call.kernel == kBatchNormGradientSums;
}

// Every sum of the call is one of those a shard has.
void checkSums(Reader& reader, const KernelSpec& spec, const Call& call, const Records& records, const Limits& limits) {
  for (std::size_t i = 0; i < spec.arguments.size(); i++) {
    if (spec.arguments[i].kind != Kind::sum) continue;
    const Wide count = records.sizes[i] > 0 ? records.sizes[i] : 1;
    reader.read(spec.arguments[i].name);
    if (call.words[i] + count > limits.sumCount)
      reader.fail("number " + std::to_string(call.words[i]) + " and its " + std::to_string(static_cast<i64>(count)) +
                  " sums pass the end of a shard's " + std::to_string(limits.sumCount) + " sums");
  }
}

// Every record and every parameter lies inside its memory.
void checkRecords(Reader& reader, const KernelSpec& spec, const Call& call, const Limits& limits) {
  const Records records = recordsOf(call);
  reader.read(nullptr);
  if (!records.problem.empty()) reader.fail(records.problem);
  checkSums(reader, spec, call, records, limits);
  for (std::size_t i = 0; i < spec.arguments.size(); i++) {
    const Argument& argument = spec.arguments[i];
    const i64 offset = call.words[i];
    const bool isRows = argument.kind == Kind::rows || argument.kind == Kind::optionalRows;
    const bool isParameter = argument.kind == Kind::parameter || argument.kind == Kind::optionalParameter;
    if (offset < 0 || (!isRows && !isParameter)) continue;
    const Wide elements = records.sizes[i];
    const Wide end = static_cast<Wide>(offset) + elements * (isRows ? limits.batchCapacity : 1);
    const i64 limit = isRows ? limits.arenaFloats : writesGradients(call) ? limits.parameterLength : limits.vectorLength;
    reader.read(argument.name);
    if (elements <= 0 || elements > limit || end > limit)
      reader.fail("offset " + std::to_string(offset) + (isRows ? " and its records pass the end of the arena" : std::string(" and its elements pass the end of the ") + (writesGradients(call) ? "trained " : "") + "parameters") +
                  " (" + std::to_string(limit) + " elements)");
  }
}

void checkLimits(const Limits& l) {
  const auto lies = [&](i64 first, i64 length) { return first >= 0 && length >= 0 && first <= l.arenaFloats - length; };
  if (l.batchCapacity < 1 || l.batchCapacity > kMaxSize) throw std::runtime_error("Arena: the batch capacity is not a positive whole number.");
  if (l.parameterLength < 0 || l.parameterLength > l.vectorLength || l.vectorLength > l.arenaFloats ||
      !lies(l.parameters, l.vectorLength))
    throw std::runtime_error("Arena: the parameters pass its end.");
  if (l.sumCount < 0 || l.sumCount > kMaxSize || l.sums < 0 || l.sums > l.arenaFloats / 2)
    throw std::runtime_error("Arena: the sums pass its end.");
}

// Appends the calls of one part.
void readCalls(Reader& reader, int stage, const Limits& limits, std::vector<Call>& calls) {
  reader.at(stage, static_cast<i64>(calls.size()));
  const i64 count = reader.whole();
  expectRange(reader, count, 0, kMaxSize);
  for (i64 n = 0; n < count; n++) {
    reader.at(stage, static_cast<i64>(calls.size()));
    Call call;
    const i64 kernel = reader.whole();
    expectRange(reader, kernel, 0, kKernelCount - 1);
    call.kernel = static_cast<int>(kernel);
    const KernelSpec& spec = kernelSpecs()[static_cast<std::size_t>(kernel)];
    reader.in(spec.name);
    for (std::size_t i = 0; i < spec.arguments.size(); i++) {
      reader.read(spec.arguments[i].name);
      call.words[i] = readArgument(reader, spec.arguments[i].kind, limits);
    }
    checkRecords(reader, spec, call, limits);
    calls.push_back(call);
  }
}

}  // namespace

Program readProgram(const double* encoded, std::size_t length, const Limits& limits) {
  checkLimits(limits);
  Program program;
  Reader reader(encoded, length);
  for (int stage = 0; stage < kStages; stage++) {
    const i64 parts = reader.whole();
    expectRange(reader, parts, 0, static_cast<i64>(length));
    for (i64 part = 0; part < parts; part++) {
      readCalls(reader, stage, limits, program.stages[stage]);
      program.partEnds[stage].push_back(program.stages[stage].size());
    }
  }
  if (!reader.isAtEnd()) throw std::runtime_error("Program: numbers are left over after its last call.");
  return program;
}

}  // namespace lockstep
