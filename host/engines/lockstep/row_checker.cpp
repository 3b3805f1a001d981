#include "host/engines/lockstep/row_checker.hpp"

#include "host/engines/lockstep/solo_row_group.hpp"

namespace wend {

RowChecker::RowChecker(const ModelOracle& oracle)
    : traits_(oracle.model->traits()),
      bounds_(row_bounds(traits_)),
      plan_(row_plan(oracle, kernels::Walk::kLifted, bounds_)),
      children_(oracle.alphabet, 0.0) {}

void RowChecker::check(const OracleRows& rows, std::uint64_t i, const NodePlace& place) {
  using Group = SoloRowGroup<Simd::kScalar>;
  constexpr Group kGroup;
  kernels::RowMasses row{};
  const kernels::RowVerdict verdict =
      kernels::RowBuilder<Group>(kGroup, plan_, children_.data(), nullptr)
          .check(row_source(plan_, rows, i), place.depth, row);
  if (verdict.fault != kernels::RowFault::kNone) refuse_row(traits_, verdict, place);
}

}  // namespace wend
