#include "host/engines/lockstep/batch_asker.hpp"

#include <algorithm>

#include "host/base/laps.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"

namespace wend {

const OracleBatch& BatchAsker::fill(std::span<const WaitingChain> waiting,
                                    std::span<const std::uint32_t> chains) {
  const std::size_t size = chains.size();
  const auto fill_one = [&](auto& array, auto WaitingChain::*field) {
    array.resize(std::max(array.size(), size));
    for (std::size_t i = 0; i < size; ++i) array[i] = waiting[chains[i]].*field;
    return array.data();
  };
  batch_.size = static_cast<std::uint32_t>(size);
  batch_.slot = fill_one(slot_, &WaitingChain::chain);
  batch_.depth = fill_one(depth_, &WaitingChain::depth);
  batch_.symbol = fill_one(symbol_, &WaitingChain::symbol);
  batch_.known = fill_one(known_, &WaitingChain::known);
  batch_.prefix = fill_one(prefix_, &WaitingChain::prefix);
  return batch_;
}

void BatchAsker::ask(const ModelOracle& oracle, std::uint32_t context,
                     std::span<const WaitingChain> waiting, std::span<const std::uint32_t> chains,
                     const OracleRows& rows) {
  Laps laps;
  const OracleBatch& batch = fill(waiting, chains);
  const std::string& name = oracle.model->traits().name;
  filled_ += laps.next();
  call_guarded("oracle", name, [&] { oracle.model->expand(context, batch, rows); });
  spent_ += laps.next();
  ++batches_;
}

void BatchAsker::add_use(OracleUse& use) const {
  use.batches += batches_;
  use.seconds += spent_;
}

void BatchAsker::add_times(RoundTimes& asking) const {
  asking.oracle += spent_;
  asking.gather += filled_;
}

}  // namespace wend
