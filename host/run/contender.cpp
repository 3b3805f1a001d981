#include "host/run/contender.hpp"

#include <fmt/format.h>

#include <string_view>

#include "wend/error.hpp"

namespace wend {

std::string refused_by(const std::function<void()>& action, std::exception_ptr& refusal) {
  try {
    action();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage && error.kind() != ErrorKind::kInput) throw;
    refusal = std::current_exception();
    const std::string_view what = error.what();
    if (error.field().empty()) return std::string(what);
    return fmt::format("`{}`{}", error.field(), what.substr(error.field().size()));
  }
  return {};
}

}  // namespace wend
