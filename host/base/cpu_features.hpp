#pragma once

namespace wend {

/// What this CPU can run; false where this build has no such code.
bool cpu_has_avx2();
bool cpu_has_avx512();

}  // namespace wend
