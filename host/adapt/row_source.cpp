#include "host/adapt/row_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "host/base/no_mass.hpp"
#include "host/base/parallel.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kSlots = 64;
constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20U;

std::uint32_t slot_count(const OracleTraits& traits) {
  return traits.most_slots == 0
             ? kSlots
             : static_cast<std::uint32_t>(std::min<std::uint64_t>(kSlots, traits.most_slots));
}

}  // namespace

RowSource::RowSource(const ModelOracle& oracle, unsigned threads, std::uint32_t max_batch)
    : oracle_(oracle), threads_(threads), slots_(slot_count(oracle.model->traits())) {
  const OracleTraits& traits = oracle.model->traits();
  const std::size_t contexts = std::min<std::size_t>(traits.contexts, slots_.size());
  contexts_.reserve(contexts);
  while (contexts_.size() < contexts) contexts_.push_back({BaseRows(oracle, true)});
  own_buckets_ = traits.buckets > 0;
  buckets_ = own_buckets_ ? traits.buckets : traits.alphabet;
  bucket_why_ = own_buckets_ ? traits.bucket_why : "last symbol";
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
  while (!wanted.empty() && !stop && !tree.full()) {
    const auto round = wanted.first(std::min<std::size_t>(wanted.size(), slots_.size()));
    wanted = wanted.subspan(round.size());
    std::vector<Request> requests(round.size());
    for (std::size_t i = 0; i < round.size(); ++i) {
      if (round[i].parent == ExploredTree::kNone) continue;
      requests[i].prefix = tree.prefix(round[i].parent);
      const ExploredTree::Edge& edge = tree.edge(round[i].parent, round[i].edge);
      requests[i].prefix.push_back(edge.symbol);
      requests[i].bucket = edge.bucket;
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
  context.rows.clear();
  for (const Request* request : requests)
    context.rows.add(request->slot, request->known, request->prefix);
  context.rows.ask(context_number);
  ++context.batches;
  for (std::uint32_t i = 0; i < requests.size(); ++i) {
    context.rows.check(i);
    read_row(context.rows, i, *requests[i]);
  }
}

void RowSource::read_row(const BaseRows& rows, std::uint32_t i, Request& request) const {
  const OracleTraits& traits = oracle_.model->traits();
  const auto depth = static_cast<std::uint32_t>(request.prefix.size());
  // Two buckets of one node would be two estimates of it, and another law.
  if (own_buckets_ && depth > 0 && rows.own_bucket(i) != request.bucket)
    refuse_node(traits, {std::nullopt, depth},
                fmt::format("symbol {}: its own row names bucket {}, its parent's row {}",
                            request.prefix.back(), rows.own_bucket(i), request.bucket));
  for (std::uint32_t c = 0; c < traits.alphabet; ++c) {
    const double log = rows.log_ratio(i, c);
    if (log == kNoMass) continue;
    const bool leaf = rows.is_leaf(i, c);
    request.row.push_back({.log_ratio = log,
                           .symbol = c,
                           .bucket = leaf || buckets_ == 1 ? 0 : rows.bucket(i, c),
                           .node = ExploredTree::kNone,
                           .leaf = leaf});
  }
  request.answered = true;
}

}  // namespace wend
