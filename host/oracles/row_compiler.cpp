#include "host/oracles/row_compiler.hpp"

#include "kernels/walk/rule.hpp"

namespace wend {

void step_outcomes(kernels::Walk walk, bool from_below, double own,
                   std::span<const double> children, std::span<const double> kept,
                   std::span<double> outcomes) {
  const auto alphabet = static_cast<std::uint32_t>(children.size());
  const auto share = [&](std::uint32_t c) { return kept.empty() ? 1.0 : kept[c]; };
  const double below = kernels::ordered_sum(alphabet, [&](std::uint32_t c) { return children[c]; });
  const double rejected = kept.empty() ? 0.0 : kernels::ordered_sum(alphabet, [&](std::uint32_t c) {
    return children[c] * (1.0 - kept[c]);
  });
  const kernels::StepLaw law = kernels::step_law(walk, from_below, own, below, rejected);
  outcomes[0] = law.up;
  for (std::uint32_t c = 0; c < alphabet; ++c)
    outcomes[1 + c] = children[c] * law.child_scale * share(c);
}

RowCompiler::RowCompiler(std::uint32_t alphabet, kernels::Walk walk)
    : format_(alphabet), walk_(walk), outcomes_(alphabet + 1), units_(alphabet + 1) {}

void RowCompiler::compile(double own, std::span<const double> children,
                          std::span<const double> kept, std::span<std::uint32_t> words) {
  const std::uint64_t row_words = format_.words_per_row();
  for (std::uint32_t row = 0; row < kernels::rows_per_node(walk_); ++row) {
    step_outcomes(walk_, row == 1, own, children, kept, outcomes_);
    quantise(outcomes_, format_.units(), units_);
    format_.write(units_, words.subspan(row * row_words, row_words));
  }
}

}  // namespace wend
