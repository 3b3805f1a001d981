// libFuzzer's target of the reader of .safetensors files (`./dev fuzz`).
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/support/safetensors_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wend::test::check_safetensors(std::as_bytes(std::span(data, size)));
  return 0;
}
