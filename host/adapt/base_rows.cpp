#include "host/adapt/base_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/engines/lockstep/oracle_failure.hpp"

namespace wend {
namespace {

// At least as many elements; those of earlier calls may stay.
template <class T>
T* room(std::vector<T>& array, std::size_t wanted) {
  array.resize(std::max(array.size(), wanted));
  return array.data();
}

}  // namespace

BaseRows::BaseRows(const ModelOracle& oracle, bool buckets)
    : oracle_(oracle),
      alphabet_(oracle.alphabet),
      horizon_(oracle.horizon),
      has_logs_(oracle.model->traits().rows == RowKind::kLogRatio),
      buckets_(buckets && oracle.model->traits().buckets > 0),
      checker_(oracle) {}

void BaseRows::clear() {
  for (auto* list : {&slot_, &depth_, &symbol_, &known_}) list->clear();
  prefix_.clear();
}

void BaseRows::add(std::uint32_t slot, std::uint32_t known, std::span<const std::uint32_t> prefix) {
  slot_.push_back(slot);
  depth_.push_back(static_cast<std::uint32_t>(prefix.size()));
  symbol_.push_back(prefix.empty() ? 0 : prefix.back());
  known_.push_back(known);
  prefix_.push_back(prefix.data());
}

void BaseRows::ask(std::uint32_t context) {
  const std::size_t cells = slot_.size() * std::size_t{alphabet_};
  rows_ = {};
  if (has_logs_) {
    rows_.log_ratio = room(logs_, cells);
  } else {
    rows_.mass = room(masses_, cells);
    rows_.own = room(own_, slot_.size());
    room(log_own_, slot_.size());
  }
  if (buckets_) {
    rows_.bucket = room(bucket_, cells);
    rows_.own_bucket = room(own_bucket_, slot_.size());
  }
  const OracleBatch batch{size(),         slot_.data(),  depth_.data(),
                          symbol_.data(), known_.data(), prefix_.data()};
  call_guarded("oracle", oracle_.model->traits().name,
               [&] { oracle_.model->expand(context, batch, rows_); });
}

void BaseRows::check(std::uint32_t i, std::optional<std::uint64_t> chain) {
  const NodePlace place{chain, depth_[i]};
  checker_.check(rows_, i, place);
  if (!has_logs_) {
    const double own = depth_[i] == 0 ? 1.0 : own_[i];
    if (!(own > 0))
      refuse_row(oracle_.model->traits(), {kernels::RowFault::kNoOwnMass, 0, own}, place);
    log_own_[i] = kernels::log_of_mass(own);
  }
  if (buckets_) check_buckets(i, place);
}

void BaseRows::check_buckets(std::uint32_t i, const NodePlace& place) const {
  const OracleTraits& traits = oracle_.model->traits();
  if (place.depth > 0 && own_bucket_[i] >= traits.buckets)
    refuse_node(
        traits, place,
        fmt::format("the node's own bucket {} is not below {}", own_bucket_[i], traits.buckets));
  for (std::uint32_t c = 0; c < alphabet_; ++c) {
    if (bucket(i, c) < traits.buckets || is_leaf(i, c) || log_ratio(i, c) == kNoMass) continue;
    refuse_node(
        traits, place,
        fmt::format("symbol {}: its bucket {} is not below {}", c, bucket(i, c), traits.buckets));
  }
}

}  // namespace wend
