#include "host/oracles/table_model.hpp"

#include <algorithm>
#include <utility>

namespace wend {

TableModel::TableModel(std::uint32_t alphabet, std::uint32_t horizon, std::string name,
                       bool thinned, std::uint32_t buckets, std::string bucket_why)
    : thinned_(thinned) {
  traits_.name = std::move(name);
  traits_.alphabet = alphabet;
  traits_.horizon = horizon;
  traits_.rows = RowKind::kMass;
  traits_.buckets = buckets;
  traits_.bucket_why = std::move(bucket_why);
}

std::uint32_t TableModel::buckets(std::span<const std::uint32_t> /*prefix*/,
                                  std::span<std::uint32_t> children) {
  std::ranges::fill(children, 0U);
  return 0;
}

void TableModel::expand(std::uint32_t /*context*/, const OracleBatch& batch,
                        const OracleRows& rows) {
  const std::uint64_t symbols = traits_.alphabet;
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    const std::span<double> kept =
        thinned_ ? std::span(rows.kept + i * symbols, symbols) : std::span<double>();
    const std::span prefix(batch.prefix[i], batch.depth[i]);
    rows.own[i] = masses(prefix, {rows.mass + i * symbols, symbols}, kept);
    if (rows.bucket != nullptr)
      rows.own_bucket[i] = buckets(prefix, {rows.bucket + i * symbols, symbols});
  }
}

}  // namespace wend
