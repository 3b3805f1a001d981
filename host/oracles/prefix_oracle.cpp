#include "host/oracles/prefix_oracle.hpp"

#include <span>
#include <variant>

#include "host/oracles/table_model.hpp"
#include "kernels/elimination/member_oracle.hpp"
#include "kernels/elimination/members.hpp"
#include "kernels/lanes/scalar.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Relative to its node, as PrefixRows has it (host/engines/cpu/prefix_view.hpp).
template <class Members>
double prefix_masses(const Members& members, const PrefixOracle& oracle,
                     std::span<const std::uint32_t> prefix, std::span<double> children) {
  auto cursor = kernels::MemberCursor<Members>::at_root(members, oracle.truth);
  kernels::ClassNode node;
  std::uint64_t hash = 0;
  for (const std::uint32_t symbol : prefix) {
    if constexpr (Members::kHasState) cursor.state = members.next_state(cursor.state, symbol);
    node = members.descend(node, symbol);
    hash = kernels::extend_prefix(hash, symbol);
  }
  const auto depth = static_cast<std::uint32_t>(prefix.size());
  const bool noisy = depth + 1 < members.horizon;  // the children are not leaves
  for (std::uint32_t symbol = 0; symbol < members.alphabet; ++symbol) {
    const double error =
        noisy ? oracle.noise.factor(depth + 1, kernels::extend_prefix(hash, symbol)) : 1.0;
    children[symbol] =
        kernels::ScalarF64::multiply(cursor.probability(members, node, symbol), error);
  }
  return depth == 0 ? 0.0 : oracle.noise.factor(depth, hash);
}

class PrefixModel final : public TableModel {
 public:
  explicit PrefixModel(const PrefixOracle& oracle)
      : TableModel(oracle.alphabet, oracle.horizon, "member of a class", false), oracle_(oracle) {}

 protected:
  double masses(std::span<const std::uint32_t> prefix, std::span<double> children,
                std::span<double> /*kept*/) override {
    return std::visit(
        [&](const auto& members) {
          return prefix_masses(view_of(members), oracle_, prefix, children);
        },
        *oracle_.members);
  }

 private:
  PrefixOracle oracle_;
};

}  // namespace

PrefixOracle make_prefix_oracle(const ClassMembers& members, std::uint64_t truth,
                                const kernels::PrefixNoise& noise, Correction correction) {
  return {alphabet(members), horizon(members), &members, truth, noise, correction};
}

std::shared_ptr<BatchOracle> make_prefix_model(const PrefixOracle& oracle) {
  return std::make_shared<PrefixModel>(oracle);
}

void check_walk(const PrefixOracle& oracle, kernels::Walk walk) {
  if (walk == kernels::Walk::kSequential && oracle.correction == Correction::kReject)
    throw Error(ErrorKind::kUsage, "correction",
                "reject needs a table of the whole tree, which a class has not got; use "
                "`correction = weight` or `correction = none`");
}

}  // namespace wend
