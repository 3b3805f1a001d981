#include "host/base/table_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace wend {

void* allocate_table(std::uint64_t bytes) {
  if (bytes == 0) return nullptr;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20U;
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void free_table(void* memory, std::uint64_t bytes) noexcept {
  if (memory != nullptr) munmap(memory, bytes);
}

}  // namespace wend
