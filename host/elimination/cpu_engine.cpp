#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/elimination/engine.hpp"
#include "host/elimination/job_run.hpp"
#include "host/engines/cpu/describe.hpp"

namespace wend {
namespace {

using kernels::ClassPath;
using kernels::PathOutcome;

double ask_instance(const void* instance, const std::uint32_t* symbols, std::uint32_t depth) {
  return static_cast<const Instance*>(instance)
      ->log_estimate(symbols, depth)
      .value_or(-std::numeric_limits<double>::infinity());
}

double exp_scaled(double log_mass, int exponent) {
  return std::exp(log_mass + exponent * std::log(2.0));
}

/// What one thread writes to.
struct Workspace {
  std::vector<double> mass;
  std::vector<std::uint32_t> state;
  std::vector<std::uint64_t> own;
  std::vector<std::uint64_t> merged;
  std::vector<std::uint32_t> prefix;

  void fit(std::uint32_t members, std::uint32_t horizon) {
    mass.resize(padded_members(members));
    state.resize(padded_members(members));
    own.resize(kernels::member_words(members));
    prefix.resize(horizon);
  }
};

class CpuClassEngine final : public ClassEngine {
 public:
  CpuClassEngine(const ClassTarget& target, const ClassOracle& oracle, unsigned threads, Simd simd)
      : target_(target), oracle_(oracle), threads_(resolve_threads(threads)), simd_(resolve(simd)) {
    workspaces_.resize(threads_);
  }

  void set_version_space(std::span<const std::uint32_t> members) override {
    selected_.reset();  // never two of them in memory
    selected_ = select_members(target_.members, members);
  }

  void run(const kernels::ClassRound& round, std::span<const ClassPath> paths,
           std::span<PathOutcome> outcomes, std::span<std::uint32_t> symbols,
           std::span<std::uint64_t> survivors) override {
    std::visit(
        [&](const auto& all) {
          using Kind = std::decay_t<decltype(all)>;
          const auto truth_view = view_of(all);
          const auto view = selected_ ? view_of(std::get<Kind>(*selected_)) : truth_view;
          run_view(view, truth_view, round, paths, outcomes, symbols, survivors);
        },
        target_.members);
  }

  [[nodiscard]] std::size_t parallel_paths() const override { return threads_; }
  [[nodiscard]] Device device() const override { return describe_cpu(threads_, simd_); }

 private:
  template <class View>
  void run_view(const View& view, const View& truth_view, const kernels::ClassRound& round,
                std::span<const ClassPath> paths, std::span<PathOutcome> outcomes,
                std::span<std::uint32_t> symbols, std::span<std::uint64_t> survivors) {
    // Starting threads costs as much as this many member updates.
    constexpr double kWorthAThread = 1U << 17U;
    const double work = static_cast<double>(paths.size()) *
                        static_cast<double>(padded_members(view.count)) * view.horizon;
    const std::uint64_t threads =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(work / kWorthAThread), 1,
                                  std::min<std::uint64_t>(threads_, paths.size()));
    std::atomic<std::uint64_t> next{0};
    std::mutex merging;
    parallel_blocks(threads, 1, static_cast<unsigned>(threads),
                    [&](std::uint64_t thread, std::uint64_t) {
                      Workspace& workspace = workspaces_[thread];
                      workspace.fit(view.count, view.horizon);
                      workspace.merged.assign(survivors.size(), ~std::uint64_t{0});
                      const ExternalOracle external{target_.oracle.get(), ask_instance, exp_scaled,
                                                    workspace.prefix.data()};
                      for (std::uint64_t i = next++; i < paths.size(); i = next++) {
                        const ClassJob job{
                            &round,
                            &paths[i],
                            {workspace.mass.data(), workspace.state.data(), workspace.own.data()},
                            &symbols[i * view.horizon],
                            oracle_.truth.value_or(0),
                            oracle_.noise,
                            oracle_.truth ? nullptr : &external};
                        outcomes[i] = run_job(view, truth_view, job);
                        for (std::uint64_t word = 0; word < survivors.size(); ++word)
                          workspace.merged[word] &= workspace.own[word];
                      }
                      const std::lock_guard lock(merging);
                      for (std::uint64_t word = 0; word < survivors.size(); ++word)
                        survivors[word] &= workspace.merged[word];
                    });
  }

  template <class View>
  PathOutcome run_job(const View& view, const View& truth_view, const ClassJob& job) const {
    return visit_lanes(
        simd_, [&]<Simd kSimd>() { return run_path_lanes<kSimd>(view, truth_view, job); },
        [&] { return run_path<kernels::ScalarF64>(view, truth_view, job); });
  }

  const ClassTarget& target_;
  const ClassOracle oracle_;
  const unsigned threads_;
  const Simd simd_;
  std::optional<ClassMembers> selected_;  ///< V's members; none: all
  std::vector<Workspace> workspaces_;
};

}  // namespace

ClassOracle own_oracle(const ClassTarget& target) {
  return {target.truth, prefix_noise(target.estimate)};
}

std::unique_ptr<ClassEngine> make_cpu_class_engine(const ClassTarget& target,
                                                   const ClassOracle& oracle, unsigned threads,
                                                   Simd simd) {
  return std::make_unique<CpuClassEngine>(target, oracle, threads, simd);
}

}  // namespace wend
