#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wend {

/// Why a run ended early. The values are the exit statuses of the command.
enum class ErrorKind {
  kUsage = 2,         ///< an option that does not exist or does not fit
  kInput = 3,         ///< an instance, or a file that it names, is refused
  kRuntime = 4,       ///< memory, the device, the disk, or a counter law failed
  kBudget = 5,        ///< the query budget is used up; what was drawn is kept
  kInterrupted = 130  ///< stopped by a signal; what was drawn is kept
};

/// Every error that wend reports. what() is one line that names the file, the key and the reason
/// where there are such.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  /// A field of the options that is refused: "delta", or with the value that does not fit,
  /// "visits = proven". what() is "FIELD: REASON"; in the reason, other fields stand in backquotes.
  Error(ErrorKind kind, const std::string& field, const std::string& reason)
      : std::runtime_error(field + ": " + reason), kind_(kind), field_size_(field.size()) {}

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] int exit_status() const { return static_cast<int>(kind_); }
  /// Empty if the error is not about one.
  [[nodiscard]] std::string_view field() const { return {what(), field_size_}; }

 private:
  ErrorKind kind_;
  std::size_t field_size_ = 0;  // it starts what(): no copy, so that copying cannot throw
};

}  // namespace wend
