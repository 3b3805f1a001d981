#include "host/run/contender.hpp"

#include <fmt/format.h>

#include "host/base/error_reason.hpp"
#include "wend/error.hpp"

namespace wend {

std::string refused_by(const std::function<void()>& action, std::exception_ptr& refusal) {
  try {
    action();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage && error.kind() != ErrorKind::kInput) throw;
    refusal = std::current_exception();
    if (error.field().empty()) return reason_of(error);
    return fmt::format("`{}`: {}", error.field(), reason_of(error));
  }
  return {};
}

}  // namespace wend
