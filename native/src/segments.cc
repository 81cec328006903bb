#include "segments.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "blocks.h"

namespace lockstep {
namespace {

// Elements of all records of a chunk: half of a second-level cache of 2 MB.
constexpr i64 kChunkElements = 262144;
// Positions a convolution needs at a time, or laying out its filters anew for each chunk would show.
constexpr i64 kLeastPositions = 256;

struct Buffer {
  i64 offset, record;
  int argument;
  bool isWritten;
};

bool isSame(const Buffer& a, const Buffer& b) { return a.offset == b.offset && a.record == b.record; }

const KernelSpec& specOf(const Call& call) { return kernelSpecs()[static_cast<std::size_t>(call.kernel)]; }

std::vector<Buffer> buffersOf(const Call& call) {
  const KernelSpec& spec = specOf(call);
  const char* output = spec.chunking.output;
  const Records records = spec.records(call.words);
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < spec.arguments.size(); i++) {
    const Argument& argument = spec.arguments[i];
    if ((argument.kind != Kind::rows && argument.kind != Kind::optionalRows) || call.words[i] < 0) continue;
    const bool isWritten = output != nullptr && std::strcmp(argument.name, output) == 0;
    buffers.push_back({call.words[i], static_cast<i64>(records.sizes[i]) * call.each, static_cast<int>(i), isWritten});
  }
  return buffers;
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
    const KernelSpec& spec = specOf(calls[i]);
    if (spec.chunking.positions == nullptr) continue;
    const i64 positions = spec.chunking.positions(calls[i].words);
    least = std::max(least, (kLeastPositions + positions - 1) / positions);
    if (spec.writesGradients) multiple = std::lcm(multiple, blockRows(positions));
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
  const std::vector<Call>& calls = program.stages[kBackwardStage];
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
    // A call that counts other rows than the batch's is run by itself.
    while (end < partEnd && specOf(calls[end]).chunking.isAllowed && calls[end].each == 1) {
      std::vector<Buffer> more = buffers;
      if (!addBuffers(more, calls[end], batchCapacity)) break;
      buffers = more;
      end++;
    }
    const bool isAlone = end - first < 2;
    if (isAlone) end = first + 1;
    Segment segment{first, end, isAlone ? 0 : chunkRowsOf(calls, first, end, buffers), {}};
    if (segment.chunkRows > 0 && stage == kBackwardStage) segment.locals = localsOf(program, segment, batchCapacity);
    segments.push_back(segment);
    first = end;
  }
  return segments;
}

}  // namespace lockstep
