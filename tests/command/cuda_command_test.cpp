// `--backend cuda` writes the bytes of `--backend cpu`, for every kind of instance, algorithm and
// exit. Needs a GPU.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/engines/engine.hpp"
#include "tests/support/command_process.hpp"

namespace wend::testing {
namespace {

class CudaCommand : public CommandTest {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  /// Runs the command on a backend, into files that are named after it.
  Finished run_on(const std::string& backend, std::vector<std::string> arguments) {
    for (const std::string& more :
         {std::string("--backend"), backend, std::string("--output"), path(backend + ".npz"),
          std::string("--report"), path(backend + ".json"), std::string("--quiet")})
      arguments.push_back(more);
    return run(arguments);
  }

  /// Both backends exit alike and leave the same samples and counters.
  void expect_same(const std::vector<std::string>& arguments, int status = 0) {
    const Finished cpu = run_on("cpu", arguments);
    const Finished cuda = run_on("cuda", arguments);
    EXPECT_EQ(cpu.status, status) << cpu.err;
    EXPECT_EQ(cuda.status, status) << cuda.err;
    EXPECT_EQ(file_bytes(path("cpu.npz")), file_bytes(path("cuda.npz")));
    const nlohmann::json of_cpu = report("cpu.json");
    const nlohmann::json of_cuda = report("cuda.json");
    for (const char* key : {"counters", "diagnostics", "guarantee"})
      EXPECT_EQ(of_cpu[key], of_cuda[key]) << key;
    EXPECT_EQ(of_cuda["options"]["backend"], "cuda");
    EXPECT_TRUE(of_cpu["device"].get<std::string>().starts_with("cpu"));
    EXPECT_FALSE(of_cuda["device"].get<std::string>().starts_with("cpu"));
  }

  const std::string examples_ = std::string(WEND_SOURCE_DIR) + "/examples/";
  // Twelve depths, whose estimates are wrong by up to 2.
  const std::string tree_ = instance("tree.json", [] {
    std::string masses;
    for (int i = 0; i < 4096; ++i) masses += (i == 0 ? "" : ", ") + std::to_string(1 + 7 * i % 13);
    return R"({"wend": 1, "kind": "tree", "alphabet": 2, "horizon": 12, "leaf_mass": [)" + masses +
           R"(], "estimate": {"kind": "noise", "model": "iid", "kappa": 2, "seed": 7}})";
  }());
};

TEST_F(CudaCommand, DrawsTheSame) {
  for (const std::string& file : {tree_, examples_ + "words.json", examples_ + "packages.json"}) {
    for (const std::string algorithm : {"jerrum-sinclair", "lifted"}) {
      SCOPED_TRACE(file + " " + algorithm);
      expect_same({"sample", file, "--algorithm", algorithm, "--visits", "2", "--samples", "300",
                   "--chains", "100", "--seed", "3"});
    }
    SCOPED_TRACE(file + " sequential");
    expect_same({"sample", file, "--algorithm", "sequential", "--correct", "weight", "--samples",
                 "300", "--chains", "100", "--seed", "3"});
  }
}

TEST_F(CudaCommand, EliminatesTheSame) {
  expect_same({"sample", examples_ + "class.json", "--algorithm", "class-elimination", "--samples",
               "200", "--seed", "3"});
}

TEST_F(CudaCommand, EndsTheSameAtABudget) {
  expect_same({"sample", tree_, "--algorithm", "lifted", "--visits", "50", "--samples", "100000",
               "--chains", "100", "--seed", "3", "--max-queries", "300000"},
              5);
}

TEST_F(CudaCommand, RefusesWhatOnlyTheCpuDoes) {
  const Finished finished = run_on("cuda", {"sample", examples_ + "class.json", "--algorithm",
                                            "lifted", "--visits", "5", "--samples", "10"});
  EXPECT_EQ(finished.status, 2);
  EXPECT_NE(finished.err.find("--backend cuda"), std::string::npos) << finished.err;
}

}  // namespace
}  // namespace wend::testing
