// Targets of classes as the losses and metrics read them.
#pragma once

#include "context.h"
#include "simd.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

// A target as 16 lanes of float32: read where dense, one-hot where it is a class.
struct Targets {
  const float* dense;
  i64 classNumber;

  LOCKSTEP_INLINE V at(i64 offset, i64 lanes) const {
    if (dense != nullptr) return loadLanes(dense + offset, lanes);
    float hot[16] = {};
    if (classNumber >= offset && classNumber < offset + lanes) hot[classNumber - offset] = 1.0f;
    return load(hot);
  }
  LOCKSTEP_INLINE float at(i64 element) const {
    return dense != nullptr ? dense[element] : static_cast<float>(element == classNumber);
  }
};

LOCKSTEP_INLINE Targets targetsOf(const Context& context, i64 target, i64 sparse, i64 group, i64 size) {
  const float* place = context.arena + target;
  if (!sparse) return {place + group * size, -1};
  std::int32_t classNumber;
  std::memcpy(&classNumber, place + group, sizeof classNumber);
  return {nullptr, classNumber};
}

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
