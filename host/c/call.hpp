#pragma once

#include <fmt/format.h>

#include <exception>
#include <new>
#include <string>

#include "wend/c.h"
#include "wend/error.hpp"

// What every function of the C interface does around its work.
namespace wend::c {

/// The thread's last error.
std::string& last_error();

inline wend_status fail(wend_status status, const std::string& message) {
  last_error() = message;
  return status;
}

/// Throws Error(kUsage) for a pointer that must not be null.
inline void require_pointer(const void* pointer, const char* function) {
  if (pointer == nullptr)
    throw Error(ErrorKind::kUsage, fmt::format("{}: a null pointer", function));
}

/// Where a handle goes: there is none yet. Throws Error(kUsage) where there is no place for it.
template <class Handle>
void begin_handle(Handle** handle, const char* function) {
  require_pointer(handle, function);
  *handle = nullptr;
}

/// Runs `work`, which returns a status, and turns what it throws into one.
template <class Work>
wend_status guarded(const Work& work) noexcept {
  try {
    last_error().clear();
    return work();
  } catch (const Error& error) {
    return fail(static_cast<wend_status>(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(WEND_RUNTIME, "out of memory");
  } catch (const std::exception& error) {
    return fail(WEND_RUNTIME, error.what());
  } catch (...) {
    return fail(WEND_RUNTIME, "an unknown error");
  }
}

}  // namespace wend::c
