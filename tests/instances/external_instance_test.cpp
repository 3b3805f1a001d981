// Instances whose oracle is in a library of WEND_PLUGINS, by the interfaces of C++ and C.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "tests/support/chi_square.hpp"
#include "tests/support/kept_draws.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/c.h"
#include "wend/error.hpp"
#include "wend/instance.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

namespace fs = std::filesystem;

class External : public ::testing::Test {
 protected:
  External() {
    for (const char* library : {"faulty_oracle.so", "no_oracle.so"})
      fs::copy_file(fs::path(WEND_PLUGINS) / library, folder_ / library);
  }

  [[nodiscard]] fs::path file(const std::string& options,
                              const std::string& library = "faulty_oracle.so") const {
    return folder_.add("external.json", R"({"wend": 1, "kind": "external", "library": ")" +
                                            library + R"(", "options": )" + options + "}");
  }
  [[nodiscard]] std::shared_ptr<const Instance> load(const std::string& options) const {
    return load_instance(file(options), {.allow_plugins = true});
  }

  testing::TemporaryFolder folder_;
};

TEST_F(External, TellsWhatItIsAndWhatItWasReadFrom) {
  const auto instance = load(R"({"kappa": 4})");
  const InstanceFacts& read = facts(*instance);
  EXPECT_EQ(read.kind, "external");
  EXPECT_EQ(read.estimate, "faulty");
  EXPECT_EQ(read.alphabet, 3U);
  EXPECT_EQ(read.horizon, 4U);
  EXPECT_EQ(read.kappa, 4.0);
  EXPECT_TRUE(read.asked);
  EXPECT_EQ(read.path, (folder_ / "external.json").string());
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[1], folder_ / "faulty_oracle.so");
}

TEST_F(External, HasTheBytesThatItsSymbolsStandFor) {
  const auto bytes = [&](const std::string& options) {
    return load(options)->model(kernels::Walk::kLifted, Correction::kNone)->traits().symbol_bytes;
  };
  EXPECT_EQ(bytes(R"({"bytes": true})"), (std::vector<std::string>{"a", "\xff", ""}));
  EXPECT_TRUE(bytes("{}").empty());
}

TEST_F(External, ALibraryOfOtherBytesHasAnotherDigest) {
  const std::string before = facts(*load("{}")).digest;
  EXPECT_EQ(facts(*load("{}")).digest, before);
  // Bytes behind the end change nothing that it does.
  const std::string library = testing::file_bytes(folder_ / "faulty_oracle.so");
  fs::remove(folder_ / "faulty_oracle.so");
  static_cast<void>(folder_.add("faulty_oracle.so", library + "more"));
  EXPECT_NE(facts(*load("{}")).digest, before);
}

TEST_F(External, DrawsTheLawOfItsRatios) {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.samples = 20'000;
  options.chains = 20'000;
  options.threads = 2;
  options.seed = 20261126;
  options.visits = Visits::kFixed;
  options.fixed_visits = 25;
  const Ran ran(*load("{}"), options);
  // Ratio of child c: (1 + (c + last symbol + depth) mod 3) / 6.
  std::vector<double> masses;
  std::vector<std::uint64_t> counts(81);
  for (std::uint32_t leaf = 0; leaf < 81; ++leaf) {
    double mass = 1;
    std::uint32_t last = 0;
    for (std::uint32_t depth = 0, place = 27; depth < 4; ++depth, place /= 3) {
      const std::uint32_t c = leaf / place % 3;
      mass *= (1.0 + (c + last + depth) % 3) / 6;
      last = c;
    }
    masses.push_back(mass);
  }
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto* symbols = &ran.draws.symbols[4 * i];
    ++counts.at(27U * symbols[0] + 9U * symbols[1] + 3U * symbols[2] + symbols[3]);
  }
  EXPECT_GT(chi_square_p(counts, masses), 1e-6);
}

TEST_F(External, IsReleasedOnceAndStaysOpenUntilThen) {
  const fs::path released = folder_ / "released";
  auto instance = load(R"({"released": "released"})");
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.visits = Visits::kFixed;
  options.fixed_visits = 1;
  EXPECT_EQ(Ran(*instance, options).result.drawn, 1000U);
  EXPECT_FALSE(fs::exists(released));
  instance.reset();
  EXPECT_EQ(testing::file_bytes(released), "released\n");
  fs::remove(released);
  // Refused after it was opened.
  EXPECT_THROW(static_cast<void>(load(R"({"released": "released", "fault": "size"})")), Error);
  EXPECT_EQ(testing::file_bytes(released), "released\n");
}

TEST_F(External, WhatItDoesWrongEndsTheRun) {
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.visits = Visits::kFixed;
  options.fixed_visits = 2;
  options.threads = 2;
  options.memo_bytes = 0;
  const auto failure = [&](const std::string& fault) {
    const Ran ran(*load(R"({"after": 400, "fault": ")" + fault + "\"}"), options);
    EXPECT_TRUE(ran.result.partial);
    return ran.result.failure;
  };
  EXPECT_EQ(failure("expand"), "oracle \"faulty\": no more \\x1b[31mtokens");
  EXPECT_EQ(failure("quiet"), "oracle \"faulty\": it returned 17");
  EXPECT_EQ(failure("throw"), "oracle \"faulty\": thrown by a library");
  EXPECT_NE(failure("nan").find("symbol 1"), std::string::npos);
  try {
    static_cast<void>(Ran(*load(R"({"fault": "batch"})"), options));
    ADD_FAILURE() << "not refused";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("asked again in a batch"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("by up to 0.25;"), std::string::npos);
  }
}

TEST_F(External, IsOffByDefaultAndOnByRequestInC) {
  const std::string path = file(R"({"bytes": true})").string();
  wend_instance* instance = nullptr;
  EXPECT_EQ(wend_load(path.c_str(), &instance), WEND_INPUT);
  EXPECT_EQ(instance, nullptr);
  EXPECT_NE(std::string(wend_last_error()).find("allow_plugins"), std::string::npos);
  ASSERT_EQ(wend_load_with_plugins(path.c_str(), &instance), WEND_OK) << wend_last_error();
  EXPECT_EQ(wend_alphabet(instance), 3U);
  wend_instance_free(instance);
  EXPECT_THROW(static_cast<void>(load_instance(path)), Error);
}

}  // namespace
}  // namespace wend::test
