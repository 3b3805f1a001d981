#pragma once

#include "host/elimination/job.hpp"
#include "host/elimination/solo_group.hpp"

namespace wend {

/// Answers from another instance, brought to the scale of the path.
class ExternalAnswers {
 public:
  WEND_HD explicit ExternalAnswers(const ExternalOracle& oracle) : oracle_(oracle) {}

  WEND_HD void begin() { exponent_ = 0; }
  [[nodiscard]] WEND_HD double interior(const kernels::ClassNode& node, std::uint32_t symbol) {
    return leaf(node, symbol);
  }
  [[nodiscard]] WEND_HD double leaf(const kernels::ClassNode& node, std::uint32_t symbol) {
    ++asked_;
    oracle_.prefix[node.depth] = symbol;
    return oracle_.from_log(oracle_.ask(oracle_.instance, oracle_.prefix, node.depth + 1),
                            exponent_);
  }
  WEND_HD void descend(const kernels::ClassNode& node, std::uint32_t symbol, double, int exponent) {
    oracle_.prefix[node.depth] = symbol;
    exponent_ += exponent;
  }
  [[nodiscard]] WEND_HD std::uint64_t asked() const { return asked_; }

 private:
  ExternalOracle oracle_;
  int exponent_ = 0;
  std::uint64_t asked_ = 0;
};

template <class Lanes, class View>
kernels::PathOutcome run_path(const View& view, const View& truth_view, const ClassJob& job) {
  const SoloGroup group;
  if (job.external != nullptr) {
    ExternalAnswers oracle(*job.external);
    return kernels::ClassPathWalk<SoloGroup, Lanes, View, ExternalAnswers>(group, view, oracle,
                                                                           *job.round, job.scratch)
        .run(*job.path, job.symbols);
  }
  kernels::MemberOracle<View> oracle(truth_view, job.truth, job.noise);
  return kernels::ClassPathWalk<SoloGroup, Lanes, View, kernels::MemberOracle<View>>(
             group, view, oracle, *job.round, job.scratch)
      .run(*job.path, job.symbols);
}

}  // namespace wend
