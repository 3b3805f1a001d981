#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace wend {

/// Zeroed, page-aligned memory for tables that are gathered from at random; asks the system for
/// huge pages, since a walk beyond the caches is otherwise bound by address translation.
/// Throws std::bad_alloc when there is no address space for them. Pages are taken as they are
/// touched; callers ask check_memory() first.
void* allocate_table(std::uint64_t bytes);
void free_table(void* memory, std::uint64_t bytes) noexcept;

/// Owner of a table of trivially copyable T; movable, not copyable.
template <class T>
class TableMemory {
 public:
  TableMemory() = default;
  explicit TableMemory(std::uint64_t size)
      : data_(static_cast<T*>(allocate_table(size * sizeof(T)))), size_(size) {}
  TableMemory(TableMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  TableMemory& operator=(TableMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  TableMemory(const TableMemory&) = delete;
  TableMemory& operator=(const TableMemory&) = delete;
  ~TableMemory() { free_table(data_, size_ * sizeof(T)); }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes() const { return size_ * sizeof(T); }
  [[nodiscard]] T& operator[](std::uint64_t i) { return data_[i]; }
  [[nodiscard]] const T& operator[](std::uint64_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace wend
