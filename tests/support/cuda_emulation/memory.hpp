#pragma once

#include <cstddef>

namespace cuda_emulation {

/// Gives the memory at `memory` back for good, once the stream that freed it has come so far.
void release(void* memory);

}  // namespace cuda_emulation
