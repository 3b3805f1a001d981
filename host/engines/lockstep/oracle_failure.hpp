#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <exception>
#include <string>

#include "host/base/printable.hpp"
#include "wend/error.hpp"

namespace wend {

/// What an oracle threw, or a row that none can have. The chains are as far as they came.
class OracleFailure : public Error {
 public:
  explicit OracleFailure(const std::string& message) : Error(ErrorKind::kRuntime, message) {}
};

/// Bytes of what an oracle says, at most: one line.
inline constexpr std::size_t kMostReason = 4096;

/// Makes a call of the user's, and of whatever it throws a failure that says who it was: `what`
/// ("oracle") and its name. A failure that says so already, of an oracle below, stays as it is.
template <class Call>
void call_guarded(const char* what, const std::string& name, const Call& call) {
  try {
    call();
  } catch (const OracleFailure&) {
    throw;
  } catch (const std::exception& error) {
    throw OracleFailure(
        fmt::format("{} \"{}\": {}", what, name, printable(error.what(), kMostReason)));
  } catch (...) {
    throw OracleFailure(fmt::format("{} \"{}\": it threw what is no exception", what, name));
  }
}

}  // namespace wend
