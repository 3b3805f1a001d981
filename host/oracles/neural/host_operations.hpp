#pragma once

#include <memory>

#include "host/oracles/neural/operations.hpp"

namespace wend {

/// On the thread that calls, in the host's memory.
std::unique_ptr<NetworkOperations> make_host_operations();

}  // namespace wend
