#pragma once

#include <filesystem>
#include <memory>

#include "wend/instance.hpp"

namespace wend {

/// load_instance(), which sums up tables and may take minutes for long horizons: says so on a
/// terminal, if there is one, unless `quiet`.
std::shared_ptr<const Instance> load_visibly(const std::filesystem::path& path,
                                             const LoadOptions& options, bool quiet);

}  // namespace wend
