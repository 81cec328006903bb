#include "segments.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "arguments.h"
#include "blocks.h"
#include "records.h"

namespace lockstep {
namespace {

// Elements of all records of a chunk: half of a second-level cache of 2 MB.
constexpr i64 kChunkElements = 262144;
// Positions a convolution needs at a time, or laying out its filters anew for each chunk would show.
constexpr i64 kLeastPositions = 256;

// Kernels that need no other row than their own, and the weight gradient that keeps its sums between chunks. Dense
// layers are left out: their weights would be laid out for every chunk.
bool isChunked(int kernel) {
  switch (kernel) {
    case kConv2dForward:
    case kConv2dInputGradient:
    case kConv2dWeightGradient:
    case kMaxPool2dForward:
    case kMaxPool2dBackward:
    case kActivationForward:
    case kActivationBackward:
    case kDropout:
      return true;
    default:
      return false;
  }
}

constexpr int kBackward = 1;

struct Buffer {
  i64 offset, record;
  int argument;
  bool isWritten;
};

bool isSame(const Buffer& a, const Buffer& b) { return a.offset == b.offset && a.record == b.record; }

// The one output of a kernel that is run in chunks.
bool isOutput(const Call& call, const char* name) {
  const bool givesGradient =
      call.kernel == kConv2dInputGradient || call.kernel == kMaxPool2dBackward || call.kernel == kActivationBackward;
  return std::strcmp(name, givesGradient ? "dx" : "y") == 0;
}

std::vector<Buffer> buffersOf(const Call& call) {
  const std::vector<Argument>& arguments = kernelSpecs()[static_cast<std::size_t>(call.kernel)].arguments;
  const Records records = recordsOf(call);
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < arguments.size(); i++)
    if ((arguments[i].kind == Kind::rows || arguments[i].kind == Kind::optionalRows) && call.words[i] >= 0)
      buffers.push_back(
          {call.words[i], static_cast<i64>(records.sizes[i]), static_cast<int>(i), isOutput(call, arguments[i].name)});
  return buffers;
}

// Output positions of a convolution's row, or 0.
i64 convolutionPositions(const Call& call) {
  Conv2dForward a;
  if (call.kernel > kConv2dWeightGradient || call.kernel < kConv2dForward) return 0;
  // The windows stand at the same place in the arguments of all three.
  std::memcpy(&a, call.words, sizeof a);
  return a.windows.outHeight * a.windows.outWidth;
}

// Adds the call's buffers to those of the segment; false where a row of one would lie in another row of another, so
// that running ahead with some rows would spoil others.
bool addBuffers(std::vector<Buffer>& all, const Call& call, i64 capacity) {
  for (const Buffer& buffer : buffersOf(call)) {
    bool isNew = true;
    for (const Buffer& other : all) {
      if (isSame(other, buffer))
        isNew = false;
      else if (buffer.offset < other.offset + other.record * capacity &&
               other.offset < buffer.offset + buffer.record * capacity)
        return false;
    }
    if (isNew) all.push_back(buffer);
  }
  return true;
}

i64 chunkRowsOf(const std::vector<Call>& calls, std::size_t first, std::size_t end,
                const std::vector<Buffer>& buffers) {
  i64 elements = 1, multiple = 1, least = 1;
  for (const Buffer& buffer : buffers) elements += buffer.record;
  for (std::size_t i = first; i < end; i++) {
    const i64 positions = convolutionPositions(calls[i]);
    if (positions == 0) continue;
    least = std::max(least, (kLeastPositions + positions - 1) / positions);
    if (calls[i].kernel == kConv2dWeightGradient) multiple = std::lcm(multiple, blockRows(positions));
  }
  const i64 rows = std::max(least, kChunkElements / elements);
  return (rows + multiple - 1) / multiple * multiple;
}

// How many calls of the program, in all its stages, touch memory of the buffer.
i64 usesOf(const Program& program, const Buffer& buffer, i64 capacity) {
  const i64 end = buffer.offset + buffer.record * capacity;
  i64 uses = 0;
  for (const std::vector<Call>& calls : program.stages)
    for (const Call& call : calls)
      for (const Buffer& other : buffersOf(call))
        if (other.offset < end && buffer.offset < other.offset + other.record * capacity) uses++;
  return uses;
}

// Gradients that are written and then read inside the segment, and nowhere else: only backward has buffers that nobody
// looks at after the stage.
std::vector<LocalArgument> localsOf(const Program& program, const Segment& segment, i64 capacity) {
  std::vector<LocalArgument> locals;
  std::vector<Buffer> seen;
  const std::vector<Call>& calls = program.stages[kBackward];
  for (std::size_t i = segment.first; i < segment.end; i++)
    for (const Buffer& buffer : buffersOf(calls[i])) {
      if (std::any_of(seen.begin(), seen.end(), [&](const Buffer& other) { return isSame(other, buffer); })) continue;
      seen.push_back(buffer);
      std::vector<LocalArgument> uses;
      for (std::size_t j = i; j < segment.end; j++)
        for (const Buffer& use : buffersOf(calls[j]))
          if (isSame(use, buffer)) uses.push_back({j, use.argument, use.record});
      // The call that writes it must not read it as well.
      const bool isWrittenFirst = buffer.isWritten && uses.size() > 1 && uses[1].call != i;
      if (isWrittenFirst && usesOf(program, buffer, capacity) == static_cast<i64>(uses.size()))
        locals.insert(locals.end(), uses.begin(), uses.end());
    }
  return locals;
}

// The end of the part that has the call.
std::size_t partEndAfter(const Program& program, int stage, std::size_t call) {
  const std::vector<std::size_t>& ends = program.partEnds[stage];
  return *std::upper_bound(ends.begin(), ends.end(), call);
}

}  // namespace

std::vector<Segment> planSegments(const Program& program, int stage, i64 batchCapacity) {
  const std::vector<Call>& calls = program.stages[stage];
  std::vector<Segment> segments;
  for (std::size_t first = 0; first < calls.size();) {
    std::vector<Buffer> buffers;
    std::size_t end = first;
    const std::size_t partEnd = partEndAfter(program, stage, first);
    while (end < partEnd && isChunked(calls[end].kernel)) {
      std::vector<Buffer> more = buffers;
      if (!addBuffers(more, calls[end], batchCapacity)) break;
      buffers = more;
      end++;
    }
    const bool isAlone = end - first < 2;
    if (isAlone) end = first + 1;
    Segment segment{first, end, isAlone ? 0 : chunkRowsOf(calls, first, end, buffers), {}};
    if (segment.chunkRows > 0 && stage == kBackward) segment.locals = localsOf(program, segment, batchCapacity);
    segments.push_back(segment);
    first = end;
  }
  return segments;
}

}  // namespace lockstep
