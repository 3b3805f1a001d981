#include "host/adapt/row_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "host/base/no_mass.hpp"
#include "host/base/parallel.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "kernels/lockstep/log_mass.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kSlots = 64;
constexpr std::uint32_t kMostLastSymbols = 4096;
constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20U;

std::uint32_t slot_count(const OracleTraits& traits) {
  return traits.most_slots == 0
             ? kSlots
             : static_cast<std::uint32_t>(std::min<std::uint64_t>(kSlots, traits.most_slots));
}

}  // namespace

RowSource::RowSource(const ModelOracle& oracle, unsigned threads, std::uint32_t max_batch)
    : oracle_(oracle),
      threads_(threads),
      slots_(slot_count(oracle.model->traits())),
      contexts_(std::min<std::size_t>(oracle.model->traits().contexts, slots_.size())) {
  const OracleTraits& traits = oracle.model->traits();
  own_buckets_ = traits.buckets > 0;
  const bool few_symbols = traits.alphabet <= kMostLastSymbols;
  buckets_ = own_buckets_ ? traits.buckets : few_symbols ? traits.alphabet : 1;
  bucket_why_ = own_buckets_ ? traits.bucket_why : few_symbols ? "last symbol" : "";
  if (own_buckets_ && bucket_why_.empty()) bucket_why_ = "the oracle's buckets";
  std::uint64_t limit =
      std::clamp<std::uint64_t>(kBatchBytes / (sizeof(double) * traits.alphabet), 1, slots_.size());
  for (const std::uint32_t most : {traits.max_batch, max_batch})
    if (most != 0) limit = std::min<std::uint64_t>(limit, most);
  max_batch_ = static_cast<std::uint32_t>(limit);
}

std::uint64_t RowSource::batches() const {
  std::uint64_t sum = 0;
  for (const Context& context : contexts_) sum += context.batches;
  return sum;
}

void RowSource::ask(std::span<const Wanted> wanted, ExploredTree& tree,
                    const std::atomic<bool>& stop) {
  while (!wanted.empty() && !stop) {
    const auto round = wanted.first(std::min<std::size_t>(wanted.size(), slots_.size()));
    wanted = wanted.subspan(round.size());
    std::vector<Request> requests(round.size());
    for (std::size_t i = 0; i < round.size(); ++i) {
      if (round[i].parent == ExploredTree::kNone) continue;
      requests[i].prefix = tree.prefix(round[i].parent);
      requests[i].prefix.push_back(tree.edge(round[i].parent, round[i].edge).symbol);
    }
    place(requests);
    const std::size_t share = (slots_.size() + contexts_.size() - 1) / contexts_.size();
    parallel_blocks(contexts_.size(), 1, threads_, [&](std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t context = first; context < last; ++context) {
        std::vector<Request*> own;
        for (Request& request : requests)
          if (request.slot / share == context) own.push_back(&request);
        for (std::size_t begin = 0; begin < own.size() && !stop; begin += max_batch_)
          ask_batch(
              static_cast<std::uint32_t>(context),
              std::span(own).subspan(begin, std::min<std::size_t>(max_batch_, own.size() - begin)));
      }
    });
    for (std::size_t i = 0; i < round.size(); ++i) {
      if (!requests[i].answered) return;
      tree.add(round[i].parent, round[i].edge, requests[i].row);
      ++evaluations_;
    }
  }
}

// Each to the slot, of those that are free, whose last prefix it shares most of: what an oracle
// keeps of a prefix is used again.
void RowSource::place(std::span<Request> requests) {
  std::vector<char> taken(slots_.size(), 0);
  for (Request& request : requests) {
    std::size_t best = slots_.size();
    std::size_t most = 0;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if (taken[slot] != 0) continue;
      const auto shared = static_cast<std::size_t>(
          std::ranges::mismatch(request.prefix, slots_[slot]).in1 - request.prefix.begin());
      if (best == slots_.size() || shared > most) {
        best = slot;
        most = shared;
      }
    }
    taken[best] = 1;
    request.slot = static_cast<std::uint32_t>(best);
    request.known = static_cast<std::uint32_t>(most);
    slots_[best] = request.prefix;
  }
}

void RowSource::ask_batch(std::uint32_t context_number, std::span<Request*> requests) {
  Context& context = contexts_[context_number];
  const OracleTraits& traits = oracle_.model->traits();
  const std::size_t size = requests.size();
  const std::size_t cells = size * traits.alphabet;
  const auto room = [](auto& array, std::size_t wanted) {
    array.resize(std::max(array.size(), wanted));
    return array.data();
  };
  const auto fill = [&](auto& array, const auto& value) {
    room(array, size);
    for (std::size_t i = 0; i < size; ++i) array[i] = value(*requests[i]);
    return array.data();
  };
  OracleBatch batch;
  batch.size = static_cast<std::uint32_t>(size);
  batch.slot = fill(context.slot, [](const Request& request) { return request.slot; });
  batch.depth = fill(context.depth, [](const Request& request) {
    return static_cast<std::uint32_t>(request.prefix.size());
  });
  batch.symbol = fill(context.symbol, [](const Request& request) {
    return request.prefix.empty() ? 0U : request.prefix.back();
  });
  batch.known = fill(context.known, [](const Request& request) { return request.known; });
  batch.prefix = fill(context.prefix, [](const Request& request) { return request.prefix.data(); });
  OracleRows rows;
  if (traits.rows == RowKind::kLogRatio) {
    rows.log_ratio = room(context.logs, cells);
  } else {
    rows.mass = room(context.masses, cells);
    rows.own = room(context.own, size);
  }
  if (own_buckets_) {
    rows.bucket = room(context.bucket, cells);
    rows.own_bucket = room(context.own_bucket, size);
  }
  call_guarded("oracle", traits.name, [&] { oracle_.model->expand(context_number, batch, rows); });
  ++context.batches;
  for (std::size_t i = 0; i < size; ++i) read_row(context, i, *requests[i]);
}

void RowSource::read_row(const Context& context, std::size_t place, Request& request) const {
  const OracleTraits& traits = oracle_.model->traits();
  const bool has_logs = traits.rows == RowKind::kLogRatio;
  const std::size_t first = place * traits.alphabet;
  const auto depth = static_cast<std::uint32_t>(request.prefix.size());
  const auto refuse = [&](const std::string& reason) {
    throw OracleFailure(fmt::format("oracle \"{}\": depth {}: {}", traits.name, depth, reason));
  };
  const double own = has_logs || depth == 0 ? 1.0 : context.own[place];
  if (!(own > 0) || !std::isfinite(own))
    refuse(fmt::format("the mass of the node itself is {}", own));
  const double log_own = kernels::log_of_mass(own);
  const kernels::LockstepShape shape = oracle_.shape();
  for (std::uint32_t c = 0; c < traits.alphabet; ++c) {
    double log = kNoMass;
    if (has_logs) {
      log = static_cast<double>(context.logs[first + c]);
      if (!(log < std::numeric_limits<double>::infinity()))
        refuse(fmt::format("symbol {}: the log ratio is {}", c, log));
    } else {
      const double mass = context.masses[first + c];
      if (!(mass >= 0) || !std::isfinite(mass))
        refuse(fmt::format("symbol {}: the mass is {}", c, mass));
      log = kernels::log_of_mass(mass) - log_own;
    }
    if (log == kNoMass) continue;
    const bool leaf = depth + 1 == traits.horizon || shape.ends(c);
    const std::uint32_t bucket = leaf           ? 0
                                 : own_buckets_ ? context.bucket[first + c]
                                 : buckets_ > 1 ? c
                                                : 0;
    if (bucket >= buckets_)
      refuse(fmt::format("symbol {}: its bucket {} is not below {}", c, bucket, buckets_));
    request.row.push_back({.log_ratio = log,
                           .symbol = c,
                           .bucket = bucket,
                           .node = ExploredTree::kNone,
                           .leaf = leaf});
  }
  if (depth == 0 && request.row.empty()) refuse("no child of the root has mass");
  request.answered = true;
}

}  // namespace wend
