#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "wend/error.hpp"

namespace wend {

/// A struct of the C interface, which begins with its size, as this library's header has it:
/// `given` may be one of an older header, and so shorter; what it lacks is as in `defaults`.
/// `name`: the struct's, for messages. Throws Error(kUsage) for one of a newer header.
template <class Struct>
Struct grown(const Struct* given, const Struct& defaults, const char* name) {
  std::size_t size = 0;
  std::memcpy(&size, given, sizeof size);
  if (size < sizeof size)
    throw Error(ErrorKind::kUsage,
                fmt::format("a {} whose struct_size is {}; {}_init fills it in", name, size, name));
  if (size > sizeof(Struct))
    throw Error(ErrorKind::kUsage,
                fmt::format("a {} of {} bytes, of a newer header than wend's, which knows {} "
                            "of them",
                            name, size, sizeof(Struct)));
  Struct all = defaults;
  std::memcpy(&all, given, size);
  all.struct_size = sizeof all;
  return all;
}

/// Writes as much of `defaults`, which begins with its size, as there is in a struct of `size`
/// bytes at `to`. One that is larger says so, and will be refused.
template <class Struct>
void write_defaults(Struct* to, Struct defaults, std::size_t size) {
  if (to == nullptr) return;
  defaults.struct_size = size;
  std::memcpy(to, &defaults, std::min(size, sizeof defaults));
}

}  // namespace wend
