#include "host/run/root_row.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "host/oracles/state_graph.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {

RootRow::RootRow(std::shared_ptr<BatchOracle> oracle, double log_sum)
    : oracle_(std::move(oracle)), log_sum_(log_sum) {}

void RootRow::expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) {
  oracle_->expand(context, batch, rows);
  const std::uint32_t symbols = traits().alphabet;
  // No node is in two of the calls that run at the same time.
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    if (batch.depth[i] != 0) continue;
    const std::size_t first = std::size_t{i} * symbols;
    std::vector<double> logs;
    for (std::size_t c = first; c < first + symbols; ++c)
      logs.push_back(rows.mass != nullptr ? kernels::log_of_mass(rows.mass[c])
                                          : static_cast<double>(rows.log_ratio[c]));
    log_sum_ = wend::log_sum(logs);
  }
}

}  // namespace wend
