#pragma once

#include <memory>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// Reads an instance of kind "neural" (docs/neural.md). Throws Error(kInput).
std::shared_ptr<const Instance> load_neural(const JsonReader& json);

}  // namespace wend
