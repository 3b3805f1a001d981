#include "host/instances/external/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstddef>

#include "host/base/printable.hpp"
#include "host/base/sized_struct.hpp"
#include "host/oracles/c_oracle.hpp"
#include "wend/c.h"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::size_t kMostMessage = 1000;
constexpr const char* kOpen = "wend_open_oracle";

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorKind::kInput, reason); }

std::string dl_message() {
  const char* message = ::dlerror();
  return message == nullptr ? "for no reason that is known" : printable(message, kMostMessage);
}

void close(void* library) {
  if (library != nullptr) ::dlclose(library);
}

}  // namespace

std::shared_ptr<BatchOracle> open_library(const LibrarySource& source) {
  // A name without a slash would be looked for in the system's folders.
  const std::filesystem::path file = std::filesystem::absolute(source.file);
  const std::shared_ptr<void> library(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL), close);
  if (library == nullptr) refuse("cannot be loaded: " + dl_message());
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as POSIX has it
  const auto open = reinterpret_cast<wend_open_oracle_function>(::dlsym(library.get(), kOpen));
  if (open == nullptr) refuse(fmt::format("has no function {}: {}", kOpen, dl_message()));

  // With room for what a newer header has, so that a library that writes it can be refused.
  struct {
    wend_oracle oracle;
    std::array<std::byte, 1024> newer;
  } filled = {default_c_oracle(), {}};
  std::array<char, kMostMessage> message{};
  const std::string folder = std::filesystem::absolute(source.folder).string();
  const int status = open(WEND_PLUGIN_ABI, source.options.c_str(), folder.c_str(), &filled.oracle,
                          message.data(), message.size());
  if (status == WEND_PLUGIN_OTHER_ABI)
    refuse(fmt::format("was built for another version of the interface than {}", WEND_PLUGIN_ABI));
  message.back() = '\0';
  if (status != 0)
    refuse(fmt::format("{} refused: {}", kOpen,
                       message[0] == '\0' ? fmt::format("it returned {}", status)
                                          : printable(message.data(), kMostMessage)));
  wend_oracle oracle = {};
  try {
    oracle = grown(&filled.oracle, default_c_oracle(), "wend_oracle");
  } catch (const Error&) {
    // What a newer one begins with is where it always was.
    if (filled.oracle.release != nullptr) filled.oracle.release(filled.oracle.user);
    throw;
  }
  return std::make_shared<COracle>(oracle, library);
}

}  // namespace wend
