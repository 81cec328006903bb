// What the system is told about the pages of the arena.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lockstep {

#if defined(__linux__)
// A wish about the pages that lie within the memory, not a demand: the system may decline.
inline void advise(void* memory, std::size_t bytes, int advice) {
  constexpr std::uintptr_t page = 4096;
  const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
  const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
  if (end > first) static_cast<void>(madvise(reinterpret_cast<void*>(first), end - first, advice));
}

// A step walks megabytes, and 4 KB pages cost a table walk every few cache lines.
inline void useLargePages(void* memory, std::size_t bytes) { advise(memory, bytes, MADV_HUGEPAGE); }
// The values are lost: the memory may read as zeros from then on.
inline void discardPages(void* memory, std::size_t bytes) { advise(memory, bytes, MADV_DONTNEED); }
#else
inline void useLargePages(void*, std::size_t) {}
inline void discardPages(void*, std::size_t) {}
#endif

}  // namespace lockstep
