#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "wend/oracle.hpp"

namespace wend {

/// Where a library's oracle comes from.
struct LibrarySource {
  std::filesystem::path file;    ///< of the library
  std::filesystem::path folder;  ///< that the oracle's own paths are relative to
  std::string options;           ///< JSON text for it
};

/// Loads the library, which stays open as long as the oracle lives, and opens its oracle by
/// wend_open_oracle (wend/c.h). Throws Error, one line without the library's name: kInput for what
/// is no library, has no such function, or is refused by it; kUsage for an oracle that cannot be.
std::shared_ptr<BatchOracle> open_library(const LibrarySource& source);

}  // namespace wend
