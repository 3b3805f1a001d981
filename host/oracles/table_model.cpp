#include "host/oracles/table_model.hpp"

#include <utility>

namespace wend {

TableModel::TableModel(std::uint32_t alphabet, std::uint32_t horizon, std::string name,
                       bool thinned)
    : thinned_(thinned) {
  traits_.name = std::move(name);
  traits_.alphabet = alphabet;
  traits_.horizon = horizon;
  traits_.rows = RowKind::kMass;
}

void TableModel::expand(std::uint32_t /*context*/, const OracleBatch& batch,
                        const OracleRows& rows) {
  const std::uint64_t symbols = traits_.alphabet;
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    const std::span<double> kept =
        thinned_ ? std::span(rows.kept + i * symbols, symbols) : std::span<double>();
    rows.own[i] =
        masses({batch.prefix[i], batch.depth[i]}, {rows.mass + i * symbols, symbols}, kept);
  }
}

}  // namespace wend
