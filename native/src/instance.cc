#include "instance.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include "denormals.h"
#include "updateStep.h"

namespace lockstep {
namespace {

// The words of an encoded pass before its lists; see encodePass in src/shared/native/encode.ts.
enum PassWord { kFirstRow, kRows, kBatchRows, kBatchShards, kFirstShard, kStep, kShards, kPublished, kPassHead };

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

// The first cache line of a block.
float* lineOf(float* block) {
  return reinterpret_cast<float*>((reinterpret_cast<std::uintptr_t>(block) + 63) / 64 * 64);
}

float* allocateScratch(i64 floats) {
  const std::size_t bytes = (static_cast<std::size_t>(floats) * sizeof(float) + 127) / 64 * 64 + 64;
  // Aligned where it is used: glibc before 2.38 never takes what aligned_alloc gave and got back for another such block,
  // so that a rank that is attached time and again would grow.
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  // Touched now, so that no step pays for the first page faults.
  std::memset(memory, 0, bytes);
  return static_cast<float*>(memory);
}

// What the calls of a program need beside the arena, in floats.
struct MemoryPlan {
  i64 scratch = 0, kept = 0;
  // Where each call's kept memory begins.
  std::vector<i64> keptAt[kStages];
};

MemoryPlan planMemory(const Program& program, const KernelSet& kernels, const Limits& limits) {
  MemoryPlan plan;
  for (int stage = 0; stage < kStages; stage++)
    for (const Call& call : program.stages[stage]) {
      const KernelEntry& kernel = entryOf(kernels, call.kernel);
      const Capacity capacity{limits.passCapacity * call.each, limits.passShards};
      if (kernel.scratch != nullptr) plan.scratch = std::max(plan.scratch, kernel.scratch(call.words, capacity));
      plan.keptAt[stage].push_back(plan.kept);
      if (kernel.kept != nullptr) plan.kept += (kernel.kept(call.words, capacity) + 15) / 16 * 16;
    }
  return plan;
}

// Copies floats; a denormal becomes 0 of its sign, as every kernel would take it.
void copyFlushed(const void* from, float* to, i64 count) {
  const auto* source = static_cast<const unsigned char*>(from);
  for (i64 i = 0; i < count; i++) {
    std::uint32_t bits;
    std::memcpy(&bits, source + i * 4, sizeof bits);
    if ((bits & 0x7f800000u) == 0) bits &= 0x80000000u;
    std::memcpy(to + i, &bits, sizeof bits);
  }
}

int leftShards(i64 count) {
  i64 left = 1;
  while (left * 2 < count) left *= 2;
  return static_cast<int>(left);
}

}  // namespace

void Instance::Free::operator()(float* p) const { std::free(p); }

Instance::Instance(const AttachInput& input)
    : arena_(input.arena),
      limits_(input.limits),
      kernels_(input.kernels),
      program_(readProgram(input.encoded, input.encodedLength, input.limits)),
      timed_(input.timed) {
  const MemoryPlan memory = planMemory(program_, *kernels_, limits_);
  for (int stage = 0; stage < kStages; stage++) {
    const std::vector<Call>& calls = program_.stages[stage];
    nanoseconds_[stage].assign(calls.size(), 0.0);
    segments_[stage] = planSegments(program_, stage, limits_.batchCapacity);
    for (std::size_t i = 0; i < calls.size(); i++)
      entries_[stage].push_back({entryOf(*kernels_, calls[i].kernel).run, memory.keptAt[stage][i]});
  }
  scratch_.reset(allocateScratch(memory.scratch));
  kept_.reset(allocateScratch(memory.kept));
  context_.arena = arena_;
  context_.parameters = arena_ + limits_.parameters;
  context_.sumCount = limits_.sumCount;
  context_.seed[0] = input.seed[0];
  context_.seed[1] = input.seed[1];
  context_.scratch = lineOf(scratch_.get());
  // Room for the most shards a pass can have, so that no step allocates.
  const auto shards = static_cast<std::size_t>(std::min<i64>(limits_.passShards, 4096));
  shardRows_.reserve(shards + 1);
  leaves_.reserve(shards);
  published_.reserve(shards);
  eachShardRows_.reserve(shards + 1);
  eachLeaves_.reserve(shards);
  eachPublished_.reserve(shards);
}

Footprint measureFootprint(const AttachInput& input) {
  const Program program = readProgram(input.encoded, input.encodedLength, input.limits);
  const MemoryPlan memory = planMemory(program, *input.kernels, input.limits);
  Footprint footprint{memory.scratch + memory.kept, {}};
  for (const Segment& segment : planSegments(program, kBackwardStage, input.limits.batchCapacity)) {
    std::vector<i64> seen;
    for (const LocalArgument& local : segment.locals) {
      const i64 offset = program.stages[kBackwardStage][local.call].words[local.argument];
      if (std::find(seen.begin(), seen.end(), offset) != seen.end()) continue;
      seen.push_back(offset);
      footprint.locals.push_back({local.record, segment.chunkRows});
    }
  }
  return footprint;
}

void Instance::placeLeaves(i64 first, i64 count) {
  if (count == 1) {
    const i64 row = shardRows_[static_cast<std::size_t>(first)];
    leaves_.push_back({row, shardRows_[static_cast<std::size_t>(first) + 1] - row, 0});
    return;
  }
  const i64 left = leftShards(count);
  placeLeaves(first, left);
  placeLeaves(first + left, count - left);
  leaves_.back().merges++;
}

void Instance::readPass(const std::int32_t* words, std::size_t length) {
  if (length < kPassHead) fail("Pass: it has " + std::to_string(length) + " words, expected at least 8.");
  Pass& pass = context_.pass;
  pass.firstRow = words[kFirstRow];
  pass.rows = words[kRows];
  pass.batchRows = words[kBatchRows];
  pass.batchShards = words[kBatchShards];
  pass.firstShard = words[kFirstShard];
  pass.step = static_cast<u32>(words[kStep]);
  pass.shards = words[kShards];
  pass.publishedCount = words[kPublished];
  pass.chunk = 0;
  const bool isInside = pass.firstRow >= 0 && pass.rows >= 0 && pass.rows <= limits_.passCapacity &&
                        pass.batchRows <= limits_.batchCapacity &&
                        pass.firstRow + pass.rows <= pass.batchRows && pass.batchRows >= 1;
  if (!isInside)
    fail("Pass: rows " + std::to_string(pass.firstRow) + " to " + std::to_string(pass.firstRow + pass.rows) + " of " +
         std::to_string(pass.batchRows) + " do not fit a batch of at most " + std::to_string(limits_.batchCapacity) +
         " rows and a pass of at most " + std::to_string(limits_.passCapacity) + ".");
  const bool hasShards = pass.shards >= 0 && pass.shards <= pass.rows && pass.shards <= limits_.passShards;
  if (!hasShards || pass.publishedCount < 0 || pass.publishedCount > pass.shards)
    fail("Pass: " + std::to_string(pass.shards) + " shards, of which " + std::to_string(pass.publishedCount) +
         " nodes are published, do not fit " + std::to_string(pass.rows) + " rows and a pass of at most " +
         std::to_string(limits_.passShards) + " shards.");
  if (length < static_cast<std::size_t>(kPassHead + pass.shards + 1 + 3 * pass.publishedCount))
    fail("Pass: it ends too early.");
  const i64 sumsEnd = limits_.sums + (pass.firstShard + pass.shards) * limits_.sumCount;
  if (pass.firstShard < 0 || sumsEnd > limits_.arenaFloats / 2) fail("Pass: the sums of its shards pass the end of the arena.");
  // Statistics of the whole batch are read from all its shards.
  if (pass.batchShards < pass.firstShard + pass.shards || pass.batchShards > pass.batchRows ||
      limits_.sums + pass.batchShards * limits_.sumCount > limits_.arenaFloats / 2)
    fail("Pass: " + std::to_string(pass.batchShards) + " shards of the batch do not fit its rows, its shards or their sums.");
  std::memcpy(&context_.sums, &arena_, sizeof arena_);
  context_.sums += limits_.sums + pass.firstShard * limits_.sumCount;

  const std::int32_t* next = words + kPassHead;
  shardRows_.clear();
  for (i64 shard = 0; shard <= pass.shards; shard++) shardRows_.push_back(next[shard] - pass.firstRow);
  for (i64 shard = 0; shard < pass.shards; shard++)
    if (shardRows_[static_cast<std::size_t>(shard)] >= shardRows_[static_cast<std::size_t>(shard) + 1])
      fail("Pass: a shard has no rows.");
  if (shardRows_.front() != 0 || shardRows_.back() != pass.rows) fail("Pass: its shards do not cover its rows.");

  next += pass.shards + 1;
  leaves_.clear();
  published_.clear();
  // Leaves are placed before nodes point at them: every shard belongs to one node.
  i64 covered = 0;
  for (i64 n = 0; n < pass.publishedCount; n++, next += 3) {
    const i64 first = next[0] - pass.firstShard, count = next[1];
    if (first != covered || count < 1 || first + count > pass.shards)
      fail("Pass: its published nodes do not follow each other.");
    covered += count;
    placeLeaves(first, count);
    published_.push_back({nullptr, count, floats(next[2], limits_.parameterLength, "a slab")});
  }
  const Leaf* leaf = leaves_.data();
  for (PublishedNode& node : published_) {
    node.leaves = leaf;
    leaf += node.leafCount;
  }
  pass.shardRows = shardRows_.data();
  pass.published = published_.data();
}

float* Instance::floats(i64 offset, i64 length, const char* what) const {
  if (offset < 0 || length < 0 || length > limits_.arenaFloats || offset > limits_.arenaFloats - length)
    fail("Arena: " + std::string(what) + " at " + std::to_string(offset) + " passes its end.");
  return arena_ + offset;
}

void Instance::run(i64 stage, i64 part, const std::int32_t* words, std::size_t length) {
  if (stage < 0 || stage >= kStages) fail("Run: the stage is unknown.");
  const std::vector<std::size_t>& ends = program_.partEnds[stage];
  if (part < 0 || part >= static_cast<i64>(ends.size())) fail("Run: the stage has no segment " + std::to_string(part) + ".");
  readPass(words, length);
  const FlushDenormals flush;
  const std::size_t first = part == 0 ? 0 : ends[static_cast<std::size_t>(part) - 1];
  const std::size_t end = ends[static_cast<std::size_t>(part)];
  for (const Segment& segment : segments_[stage])
    if (segment.first >= first && segment.end <= end) runSegment(static_cast<int>(stage), segment);
}

// Chunks never cross a shard: the blocks of a weight gradient are counted from the shard's first row.
void Instance::runSegment(int stage, const Segment& segment) {
  Pass& pass = context_.pass;
  const i64 firstRow = pass.firstRow, rows = pass.rows;
  if (segment.chunkRows == 0 || segment.chunkRows >= rows) return runCalls(stage, segment);
  for (i64 shard = 0; shard < pass.shards; shard++) {
    const i64 end = pass.shardRows[shard + 1];
    for (i64 row = pass.shardRows[shard]; row < end; row += segment.chunkRows) {
      pass.chunk = row;
      pass.firstRow = firstRow + row;
      pass.rows = end - row < segment.chunkRows ? end - row : segment.chunkRows;
      moveLocals(stage, segment, -row);
      runCalls(stage, segment);
      moveLocals(stage, segment, row);
    }
  }
  pass.chunk = 0;
  pass.firstRow = firstRow;
  pass.rows = rows;
}

// A chunk's rows of local buffers stand where the rank's first rows do.
void Instance::moveLocals(int stage, const Segment& segment, i64 rows) {
  for (const LocalArgument& local : segment.locals)
    program_.stages[stage][local.call].words[local.argument] += rows * local.record;
}

// The call sees each row as `each` rows; shards and the tree over them stay as they are. Such a call is never chunked.
void Instance::runForEach(i64 each, const Entry& entry, const i64* words) {
  const Pass pass = context_.pass;
  eachShardRows_.assign(shardRows_.begin(), shardRows_.end());
  for (i64& row : eachShardRows_) row *= each;
  eachLeaves_.assign(leaves_.begin(), leaves_.end());
  for (Leaf& leaf : eachLeaves_) leaf.firstRow *= each, leaf.rows *= each;
  eachPublished_.assign(published_.begin(), published_.end());
  for (PublishedNode& node : eachPublished_) node.leaves = eachLeaves_.data() + (node.leaves - leaves_.data());
  context_.pass.firstRow *= each;
  context_.pass.rows *= each;
  context_.pass.batchRows *= each;
  context_.pass.shardRows = eachShardRows_.data();
  context_.pass.published = eachPublished_.data();
  entry.run(context_, words);
  context_.pass = pass;
}

void Instance::runCalls(int stage, const Segment& segment) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point before = timed_ ? Clock::now() : Clock::time_point();
  for (std::size_t i = segment.first; i < segment.end; i++) {
    const Call& call = program_.stages[stage][i];
    const Entry& entry = entries_[stage][i];
    context_.kept = lineOf(kept_.get()) + entry.keptAt;
    if (call.each == 1)
      entry.run(context_, call.words);
    else
      runForEach(call.each, entry, call.words);
    if (!timed_) continue;
    const Clock::time_point now = Clock::now();
    nanoseconds_[stage][i] += std::chrono::duration<double, std::nano>(now - before).count();
    before = now;
  }
}

bool Instance::reduce(const std::int32_t* adds, std::size_t length, i64 from, i64 to) const {
  const FlushDenormals flush;
  if (from < 0 || from > to) fail("Reduce: the slice ends before it begins.");
  // Elements that fit the first-level cache take all additions before the next ones are read.
  constexpr i64 kChunk = 4096;
  for (std::size_t pair = 0; pair + 1 < length; pair += 2) {
    floats(adds[pair], to, "a slab");
    floats(adds[pair + 1], to, "a slab");
  }
  bool isFinite = true;
  for (i64 at = from; at < to; at += kChunk) {
    const i64 count = to - at < kChunk ? to - at : kChunk;
    for (std::size_t pair = 0; pair + 1 < length; pair += 2)
      isFinite &= kernels_->add(arena_ + adds[pair] + at, arena_ + adds[pair + 1] + at, count);
  }
  return isFinite;
}

namespace {
// Numbers of an update: places, treatment of the gradient, then vectors and scalars as the kernel's spec counts them.
enum UpdateNumber { kFrom, kTo, kParameters, kGradient, kGradientScale, kClip, kWeightLoss, kUpdateHead };
}  // namespace

namespace {
// A weight whose norms are bounded is an array of (outer, reduced, inner) elements, one whose averages are factored of
// (matrices, rows, columns).
void requireWholeWeight(const UpdateSpec& spec, const UpdateStep& step) {
  const bool isBounded = std::strcmp(spec.name, "boundedNorm") == 0;
  const bool isFactored = std::strcmp(spec.name, "adafactor") == 0 && step.scalars[5] != 0;
  if (!isBounded && !isFactored) return;
  const double *const sizes = step.scalars + (isBounded ? 0 : 5);
  const double reduced = sizes[0], inner = sizes[1], count = static_cast<double>(step.count);
  const bool fits = reduced >= 1 && inner >= 1 && reduced <= count && inner <= count &&
                    step.count % (static_cast<i64>(reduced) * static_cast<i64>(inner)) == 0;
  if (!fits) fail("Update: the weight is no whole number of vectors.");
}
}  // namespace

bool Instance::update(i64 kernel, const double* n, std::size_t length) const {
  if (kernel < 0 || kernel >= kUpdateKernels) fail("Update: the kernel is unknown.");
  const UpdateSpec& spec = kUpdateSpecs[kernel];
  if (length < static_cast<std::size_t>(kUpdateHead + spec.vectors + spec.scalars))
    fail("Update: " + std::string(spec.name) + " was given too few numbers.");
  const i64 from = static_cast<i64>(n[kFrom]), to = static_cast<i64>(n[kTo]);
  if (from < 0 || from > to) fail("Update: the slice ends before it begins.");
  const auto place = [&](double offset, const char* what) { return floats(static_cast<i64>(offset), to, what) + from; };
  UpdateStep step{place(n[kParameters], "the parameters"), place(n[kGradient], "the gradient"), {}, to - from,
                  n[kGradientScale], n[kClip], n[kWeightLoss], {}};
  const double* next = n + kUpdateHead;
  for (int i = 0; i < spec.vectors; i++, next++)
    if (i < spec.required || *next >= 0) step.vectors[i] = place(*next, "a vector of the optimizer");
  std::copy(next, next + spec.scalars, step.scalars);
  requireWholeWeight(spec, step);
  const FlushDenormals flush;
  kernels_->updates[kernel](step);
  return step.isFinite;
}

double Instance::sumOf(i64 term, i64 offset, i64 length) const {
  if (term < 0 || term > 1) fail("Sum: the term is unknown.");
  const FlushDenormals flush;
  return kernels_->sumOf(static_cast<SumTerm>(term), floats(offset, length, "what it adds"), length);
}

void Instance::gather(const Gather& g) const {
  if (g.size < 1 || g.firstRow < 0 || g.rows < 0 || g.firstRow + g.rows > limits_.batchCapacity)
    fail("Gather: its rows do not fit the batch.");
  float* to = floats(g.buffer, (g.firstRow + g.rows) * g.size, "a buffer") + g.firstRow * g.size;
  const i64 records = static_cast<i64>(g.length) / g.size;
  const FlushDenormals flush;
  for (i64 row = g.firstRow; row < g.firstRow + g.rows; row++, to += g.size) {
    const i64 place = g.start + row;
    if (g.order && (place < 0 || place >= static_cast<i64>(g.orderLength)))
      fail("Gather: row " + std::to_string(place) + " is beyond the order's " + std::to_string(g.orderLength) +
           " rows.");
    const i64 record = g.order ? g.order[place] : place;
    if (record < 0 || record >= records)
      fail("Gather: record " + std::to_string(record) + " is not one of the column's " + std::to_string(records) + ".");
    if (g.type == Gather::Type::uint8)
      kernels_->scaleBytes(static_cast<const unsigned char*>(g.values) + record * g.size, to, g.size, g.scale);
    else if (g.type == Gather::Type::float32)
      copyFlushed(static_cast<const float*>(g.values) + record * g.size, to, g.size);
    else
      std::memcpy(to, static_cast<const float*>(g.values) + record * g.size,
                  static_cast<std::size_t>(g.size) * sizeof(float));
  }
}

}  // namespace lockstep
