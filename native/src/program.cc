#include "program.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace lockstep {

namespace {

const char* const stageNames[kStages] = {"forward",  "backward",        "evaluation",        "prediction",
                                         "averages", "weightedForward", "weightedEvaluation"};
constexpr i64 kActivations = 13;
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
  const Records records = spec.records(call.words);
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
    const Wide end = static_cast<Wide>(offset) + elements * (isRows ? limits.batchCapacity * call.each : 1);
    const i64 limit = isRows ? limits.arenaFloats : spec.writesGradients ? limits.parameterLength : limits.vectorLength;
    reader.read(argument.name);
    if (elements <= 0 || elements > limit || end > limit)
      reader.fail("offset " + std::to_string(offset) + (isRows ? " and its records pass the end of the arena" : std::string(" and its elements pass the end of the ") + (spec.writesGradients ? "trained " : "") + "parameters") +
                  " (" + std::to_string(limit) + " elements)");
  }
}

void checkLimits(const Limits& l) {
  const auto lies = [&](i64 first, i64 length) { return first >= 0 && length >= 0 && first <= l.arenaFloats - length; };
  if (l.batchCapacity < 1 || l.batchCapacity > kMaxSize) throw std::runtime_error("Arena: the batch capacity is not a positive whole number.");
  // Scratch memory is sized by these: beyond the batch, its size might not fit 64 bits.
  if (l.passShards < 1 || l.passShards > l.passCapacity || l.passCapacity > l.batchCapacity)
    throw std::runtime_error("Arena: a pass has more shards than rows, or more rows than the batch.");
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
    expectRange(reader, kernel, 0, static_cast<i64>(kernelSpecs().size()) - 1);
    call.kernel = static_cast<int>(kernel);
    const KernelSpec& spec = kernelSpecs()[static_cast<std::size_t>(kernel)];
    reader.in(spec.name);
    call.each = reader.whole();
    expectRange(reader, call.each, 1, kMaxSize / limits.batchCapacity);
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
