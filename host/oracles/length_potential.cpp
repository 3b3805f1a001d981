#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "host/base/no_mass.hpp"
#include "host/oracles/sequence_shape.hpp"
#include "wend/automaton.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

float value_of(bool possible) { return possible ? 0.0F : kNoMassFloat; }

class LengthPotential final : public Potential {
 public:
  LengthPotential(const SequenceShape& shape, std::uint32_t least, std::uint32_t most)
      : ends_(sorted_ends(shape)), least_(least), most_(most) {
    traits_.name = "length";
    traits_.alphabet = shape.alphabet;
    traits_.horizon = shape.horizon;
    traits_.never_rises = true;
    traits_.decided_by_bucket = true;
    traits_.end = ends_;
  }

  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }

  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* /*end*/,
                const PotentialRows& rows) override {
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      const std::uint32_t depth = batch.depth[i];
      float* row = rows.children + std::size_t{i} * traits_.alphabet;
      // From there on there is room for what is missing, H being at least `least`.
      rows.own[i] = value_of(depth <= most_);
      std::fill_n(row, traits_.alphabet, value_of(depth < most_));
      for (const std::uint32_t symbol : ends_)
        row[symbol] = value_of(least_ <= depth && depth <= most_);
    }
  }

 private:
  std::vector<std::uint32_t> ends_;
  std::uint32_t least_;
  std::uint32_t most_;
  PotentialTraits traits_;
};

}  // namespace

std::shared_ptr<Potential> make_length_potential(const SequenceShape& shape, std::uint32_t least,
                                                 std::uint32_t most) {
  check_shape(shape, "length");
  if (shape.end.empty())
    throw Error(ErrorKind::kUsage, "length", "without end symbols all sequences have one length");
  if (least > most)
    throw Error(ErrorKind::kUsage, "length", fmt::format("from {} to {} is no range", least, most));
  if (least > shape.horizon)
    throw Error(ErrorKind::kUsage, "length",
                fmt::format("at least {} of a horizon of {}", least, shape.horizon));
  return std::make_shared<LengthPotential>(shape, least, most);
}

}  // namespace wend
