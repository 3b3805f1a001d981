// What an experiment does with an engine whose counts do not add up.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "host/elimination/counters.hpp"
#include "host/elimination/experiment.hpp"
#include "tests/support/class_targets.hpp"
#include "wend/error.hpp"

namespace wend::test {
namespace {

/// The CPU engine, but that one outcome of each call is told wrong.
class WrongCounts : public ClassEngine {
 public:
  using Change = void (*)(kernels::PathOutcome& outcome);
  WrongCounts(const ClassTarget& target, Change change)
      : engine_(make_cpu_class_engine(target, own_oracle(target), 1)), change_(change) {}
  void set_version_space(std::span<const std::uint32_t> members) override {
    engine_->set_version_space(members);
  }
  void run(const kernels::ClassRound& round, std::span<const kernels::ClassPath> paths,
           std::span<kernels::PathOutcome> outcomes, std::span<std::uint32_t> symbols,
           std::span<std::uint64_t> survivors) override {
    engine_->run(round, paths, outcomes, symbols, survivors);
    change_(outcomes[0]);
  }
  [[nodiscard]] std::size_t parallel_paths() const override { return 1; }
  [[nodiscard]] Device device() const override { return engine_->device(); }

 private:
  std::unique_ptr<ClassEngine> engine_;
  Change change_;
};

std::string run_with(WrongCounts::Change change) {
  const ClassTarget target = class_target(small_members("markov", 24), 5, 1.2);
  WrongCounts engine(target, change);
  ExperimentSettings settings;
  settings.chains = 3;
  settings.all_chains = 3;
  settings.samples = 30;
  settings.kappa = 1.2;
  settings.paths_to_certify = 500;
  ClassChains chains = chains_at_zero(3);
  ClassExperiment experiment(target, own_oracle(target), engine, settings, chains,
                             [](std::uint64_t, std::uint64_t, const std::uint32_t*) {});
  const std::atomic<bool> stop{false};
  try {
    experiment.run(stop);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ClassExperimentTest, ReconcilesBeforeTheVersionSpaceChanges) {
  EXPECT_EQ(run_with([](kernels::PathOutcome&) {}), "");
  EXPECT_EQ(run_with([](kernels::PathOutcome& outcome) {
              ++outcome.oracle_queries;
            }).rfind("counters: the chains' queries sum to ", 0),
            0U);
  EXPECT_EQ(run_with([](kernels::PathOutcome& outcome) {
              ++outcome.leaf_queries;
            }).rfind("counters: the chains' queries sum to ", 0),
            0U);
}

}  // namespace
}  // namespace wend::test
