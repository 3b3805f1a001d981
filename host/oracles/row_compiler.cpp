#include "host/oracles/row_compiler.hpp"

#include "kernels/walk/rule.hpp"
#include "kernels/walk/unit_rows.hpp"

namespace wend {

void step_outcomes(kernels::Walk walk, bool from_below, double own,
                   std::span<const double> children, std::span<const double> kept,
                   std::span<double> outcomes) {
  const auto alphabet = static_cast<std::uint32_t>(children.size());
  const double below = kernels::ordered_sum(children.data(), alphabet);
  const double rejected = kept.empty() ? 0.0 : kernels::ordered_sum(alphabet, [&](std::uint32_t c) {
    return children[c] * (1.0 - kept[c]);
  });
  const kernels::StepLaw law = kernels::step_law(walk, from_below, own, below, rejected);
  outcomes[0] = law.up;
  if (kept.empty()) {
    for (std::uint32_t c = 0; c < alphabet; ++c) outcomes[1 + c] = children[c] * law.child_scale;
  } else {
    for (std::uint32_t c = 0; c < alphabet; ++c)
      outcomes[1 + c] = children[c] * law.child_scale * kept[c];
  }
}

RowCompiler::RowCompiler(std::uint32_t alphabet, kernels::Walk walk, RowLayout layout)
    : format_(alphabet),
      walk_(walk),
      layout_(format_.slot_bits() == 0 ? RowLayout::kTable : layout),
      row_words_(words_per_row(alphabet, layout)),
      outcomes_(alphabet + 1),
      units_(alphabet + 1) {}

std::uint64_t RowCompiler::words_per_row(std::uint32_t alphabet, RowLayout layout) {
  const RowFormat format(alphabet);
  return layout == RowLayout::kTable || format.slot_bits() == 0
             ? format.words_per_row()
             : kernels::UnitRows::words_per_row(alphabet + 1);
}

void RowCompiler::compile(double own, std::span<const double> children,
                          std::span<const double> kept, std::span<std::uint32_t> words) {
  for (std::uint32_t row = 0; row < kernels::rows_per_node(walk_); ++row) {
    step_outcomes(walk_, row == 1, own, children, kept, outcomes_);
    quantise(outcomes_, format_.units(), units_);
    const std::span<std::uint32_t> out = words.subspan(row * row_words_, row_words_);
    if (layout_ == RowLayout::kUnits)
      write_unit_row(units_, out);
    else
      format_.write(units_, out);
  }
}

}  // namespace wend
