// Structs of the C interface that grow between releases: one of an older header, which is shorter,
// is as good as ever; one of a newer header is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "wend/c.h"

namespace wend::test {
namespace {

/// A copy of the first `size` bytes of a struct in memory that ends there, so that a sanitizer sees
/// whoever reads on.
template <class Struct>
class Truncated {
 public:
  Truncated(const Struct& whole, std::size_t size) : bytes_(new std::byte[size]) {
    std::memcpy(bytes_.get(), &whole, size);
    std::memcpy(bytes_.get(), &size, sizeof size);
  }
  [[nodiscard]] const Struct* get() const { return reinterpret_cast<const Struct*>(bytes_.get()); }

 private:
  std::unique_ptr<std::byte[]> bytes_;
};

int released = 0;

int expand(void* /*user*/, std::uint32_t /*context*/, const wend_batch* batch, float* rows,
           char* /*error*/, std::size_t /*size*/) {
  for (std::uint32_t i = 0; i < 2 * batch->size; ++i) rows[i] = std::log(0.5F);
  return 0;
}

wend_oracle halves() {
  wend_oracle oracle;
  wend_oracle_init(&oracle);
  oracle.alphabet = 2;
  oracle.horizon = 5;
  oracle.expand = expand;
  oracle.release = [](void*) { ++released; };
  return oracle;
}

class StructSize : public ::testing::Test {
 protected:
  StructSize() {
    const wend_oracle oracle = halves();
    EXPECT_EQ(wend_make_oracle(&oracle, &instance_), WEND_OK) << wend_last_error();
  }
  ~StructSize() override { wend_instance_free(instance_); }

  [[nodiscard]] std::vector<std::uint32_t> draws(const wend_options* options) const {
    wend_result* result = nullptr;
    EXPECT_EQ(wend_sample(instance_, options, nullptr, nullptr, nullptr, &result), WEND_OK)
        << wend_last_error();
    const std::uint32_t* symbols = wend_result_symbols(result);
    std::vector<std::uint32_t> kept(symbols, symbols + 5 * wend_result_drawn(result));
    wend_result_free(result);
    return kept;
  }
  [[nodiscard]] std::string refusal(const wend_options* options) const {
    wend_result* result = nullptr;
    EXPECT_EQ(wend_sample(instance_, options, nullptr, nullptr, nullptr, &result), WEND_USAGE);
    EXPECT_EQ(result, nullptr);
    return wend_last_error();
  }

  wend_instance* instance_ = nullptr;
};

TEST_F(StructSize, ShorterOptionsHaveTheDefaultsBeyondTheirEnd) {
  wend_options whole;
  wend_options_init(&whole);
  whole.visits = "3";
  whole.samples = 50;
  whole.seed = 7;
  const std::vector<std::uint32_t> expected = draws(&whole);
  EXPECT_EQ(expected.size(), 250U);
  whole.memo_bytes = 1;           // beyond the ends below, as is
  whole.max_batch = 0xFFFFFFFFU;  // this
  const Truncated<wend_options> before_memo(whole, offsetof(wend_options, memo_bytes));
  EXPECT_EQ(draws(before_memo.get()), expected);
  // Without a seed: that of the default.
  const Truncated<wend_options> before_seed(whole, offsetof(wend_options, seed));
  whole.seed = 0;
  EXPECT_EQ(draws(before_seed.get()), draws(&whole));
  EXPECT_NE(draws(before_seed.get()), expected);
}

TEST_F(StructSize, LargerOptionsAreRefused) {
  struct Newer {
    wend_options known;
    std::uint64_t unknown;
  } newer;
  newer.unknown = 7;
  wend_options_init_sized(&newer.known, sizeof newer);
  EXPECT_EQ(newer.unknown, 7U);
  EXPECT_EQ(refusal(&newer.known), "a wend_options of " + std::to_string(sizeof newer) +
                                       " bytes, of a newer header than wend's, which knows " +
                                       std::to_string(sizeof(wend_options)) + " of them");
  wend_options zero = {};
  EXPECT_EQ(refusal(&zero), "a wend_options whose struct_size is 0; wend_options_init fills it in");
}

TEST_F(StructSize, DefaultsAreWrittenAsFarAsTheStructGoes) {
  constexpr std::size_t kSize = offsetof(wend_options, memo_bytes);
  wend_options options;
  std::memset(&options, 0x55, sizeof options);
  wend_options_init_sized(&options, kSize);
  EXPECT_EQ(options.struct_size, kSize);
  EXPECT_EQ(options.seed, 0U);
  EXPECT_EQ(options.memo_bytes, 0x5555555555555555U);
  wend_oracle oracle;
  std::memset(&oracle, 0x55, sizeof oracle);
  wend_oracle_init_sized(&oracle, offsetof(wend_oracle, expand));
  EXPECT_EQ(oracle.contexts, 1U);
  EXPECT_NE(oracle.expand, nullptr);
}

TEST_F(StructSize, OraclesGrow) {
  wend_oracle whole = halves();
  whole.symbol_lengths = reinterpret_cast<const std::size_t*>(8);  // of no header that is as short
  const Truncated<wend_oracle> old(whole, offsetof(wend_oracle, symbol_bytes));
  wend_instance* instance = nullptr;
  ASSERT_EQ(wend_make_oracle(old.get(), &instance), WEND_OK) << wend_last_error();
  EXPECT_EQ(wend_horizon(instance), 5U);
  released = 0;
  wend_instance_free(instance);
  EXPECT_EQ(released, 1);

  EXPECT_EQ(wend_make_oracle(&whole, &instance), WEND_USAGE);
  EXPECT_STREQ(wend_last_error(),
               "symbol_bytes and symbol_lengths: one is given without the other");
  EXPECT_EQ(released, 2);  // a refused one, too
  whole = halves();
  whole.struct_size += 8;
  EXPECT_EQ(wend_make_oracle(&whole, &instance), WEND_USAGE);
  EXPECT_NE(std::string(wend_last_error()).find("of a newer header"), std::string::npos);
  EXPECT_EQ(instance, nullptr);
}

TEST_F(StructSize, TheSelfTestIsAWord) {
  wend_options options;
  wend_options_init(&options);
  options.visits = "1";
  options.self_test = "pin";
  EXPECT_FALSE(draws(&options).empty());
  options.self_test = "maybe";
  EXPECT_EQ(refusal(&options), "self_test: there is none called \"maybe\"");
}

}  // namespace
}  // namespace wend::test
