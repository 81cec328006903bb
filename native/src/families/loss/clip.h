// How Keras keeps probabilities away from 0 and 1.
#pragma once

#include "../../math.h"

namespace lockstep {
namespace LOCKSTEP_ISA {

constexpr float kEpsilon = 1e-7f;
constexpr float kClipHigh = 1.0f - 1e-7f;

// A NaN stays NaN.
LOCKSTEP_INLINE V clipped(V p) { return min(broadcast(kClipHigh), max(broadcast(kEpsilon), p)); }
LOCKSTEP_INLINE Mask isClipped(V p) { return less(p, broadcast(kEpsilon)) | less(broadcast(kClipHigh), p); }

}  // namespace LOCKSTEP_ISA
}  // namespace lockstep
