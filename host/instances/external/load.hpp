#pragma once

#include <memory>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// Reads an instance of kind "external": an oracle that a library holds. Throws Error(kInput), also
/// unless options.allow_plugins.
std::shared_ptr<const Instance> load_external(const JsonReader& json, const LoadOptions& options);

}  // namespace wend
