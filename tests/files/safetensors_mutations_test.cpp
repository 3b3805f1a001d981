// Valid files of tensors, cut at every place and with every bit of their headers turned: read, or
// refused in one line. `./dev fuzz` goes further.
#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "tests/support/safetensors_check.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend::test {
namespace {

bool holds(const std::string& bytes) {
  return check_safetensors(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

TEST(SafetensorsMutations, AreReadOrRefusedInALine) {
  const std::filesystem::path models =
      std::filesystem::path(WEND_SOURCE_DIR) / "tests/neural/models";
  std::size_t read = 0;
  std::size_t refused = 0;
  for (const char* model : {"mlp", "value"}) {
    const std::string file = testing::file_bytes(models / model / "model.safetensors");
    ASSERT_TRUE(holds(file));
    std::uint64_t header = 0;
    for (std::size_t i = 0; i < 8; ++i)
      header |= std::uint64_t{static_cast<unsigned char>(file[i])} << (8 * i);
    for (std::size_t size = 0; size < file.size(); size += size < header + 8 ? 1 : 97)
      ASSERT_FALSE(holds(file.substr(0, size))) << size;
    for (std::size_t i = 0; i < header + 8; ++i)
      for (const int bit : {0, 1, 4, 6, 7}) {
        std::string turned = file;
        turned[i] = static_cast<char>(turned[i] ^ (1 << bit));
        ++(holds(turned) ? read : refused);
      }
  }
  EXPECT_GT(read, 10U);  // names may be any
  EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace wend::test
