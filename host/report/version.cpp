#include "host/report/version.hpp"

#include <fmt/format.h>

#include "host/engines/cpu/describe.hpp"
#include "host/engines/engine.hpp"

namespace wend {
namespace {

std::string cuda_state() {
#if defined(WEND_CUDA_EMULATED)
  return "emulated, for tests";
#elif defined(WEND_HAVE_CUDA)
  return cuda_available() ? "built in" : "built in, but there is no device here";
#else
  return "not built in";
#endif
}

}  // namespace

std::string version() { return WEND_VERSION; }

std::string version_text() {
  return fmt::format("wend {}\ncpu   {}\ncuda  {}\n", version(), to_string(resolve(Simd::kAuto)),
                     cuda_state());
}

}  // namespace wend
