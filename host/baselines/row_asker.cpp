#include "host/baselines/row_asker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "host/base/parallel.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kBatchBytes = std::uint64_t{64} << 20U;

[[noreturn]] void refuse(const char* what, const std::string& name, const RowRequest& request,
                         const std::string& reason) {
  throw OracleFailure(fmt::format("{} \"{}\": chain {}, depth {}: {}", what, name, request.chain,
                                  request.prefix.size(), reason));
}

}  // namespace

RowAsker::RowAsker(const BaselineTarget& target, std::uint64_t chains, std::uint32_t max_batch,
                   unsigned threads)
    : target_(target),
      chains_(chains),
      threads_(threads),
      contexts_(std::min<std::uint64_t>(target.base->traits().contexts, chains)),
      taken_(chains) {
  std::uint64_t limit = std::clamp<std::uint64_t>(kBatchBytes / (sizeof(double) * target.alphabet),
                                                  1, std::numeric_limits<std::uint32_t>::max());
  for (const std::uint32_t most : {target.base->traits().max_batch, max_batch})
    if (most != 0) limit = std::min<std::uint64_t>(limit, most);
  max_batch_ = static_cast<std::uint32_t>(limit);
}

std::uint64_t RowAsker::batches() const {
  std::uint64_t sum = 0;
  for (const Context& context : contexts_) sum += context.batches;
  return sum;
}

double RowAsker::seconds() const {
  double sum = 0;
  for (const Context& context : contexts_)
    sum += std::chrono::duration<double>(context.spent).count();
  return sum;
}

void RowAsker::ask(std::span<RowRequest> requests, const std::atomic<bool>& stop) {
  const std::uint64_t share = (chains_ + contexts_.size() - 1) / contexts_.size();
  parallel_blocks(contexts_.size(), 1, threads_, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t context = first; context < last; ++context) {
      const auto begin =
          std::ranges::lower_bound(requests, context * share, {}, &RowRequest::chain);
      const auto end =
          std::ranges::lower_bound(requests, (context + 1) * share, {}, &RowRequest::chain);
      std::span<RowRequest> left(begin, end);
      while (!left.empty() && !stop) {
        const auto batch = left.first(std::min<std::size_t>(left.size(), max_batch_));
        ask_batch(static_cast<std::uint32_t>(context), batch);
        left = left.subspan(batch.size());
      }
    }
  });
}

// What the slot had at its last call is there still, as far as this prefix has it too.
std::uint32_t RowAsker::known_of(const RowRequest& request) const {
  const std::vector<std::uint32_t>& taken = taken_[request.chain];
  const auto [mine, other] = std::ranges::mismatch(request.prefix, taken);
  return static_cast<std::uint32_t>(mine - request.prefix.begin());
}

void RowAsker::call_base(std::uint32_t context_number, const OracleBatch& batch) {
  Context& context = contexts_[context_number];
  const OracleTraits& traits = target_.base->traits();
  const std::size_t cells = std::size_t{batch.size} * target_.alphabet;
  context.logs.resize(std::max(context.logs.size(), cells));
  OracleRows rows;
  if (traits.rows == RowKind::kLogRatio) {
    rows.log_ratio = context.logs.data();
  } else {
    context.masses.resize(std::max(context.masses.size(), cells));
    context.own_mass.resize(std::max<std::size_t>(context.own_mass.size(), batch.size));
    rows.mass = context.masses.data();
    rows.own = context.own_mass.data();
  }
  call_guarded("oracle", traits.name, [&] { target_.base->expand(context_number, batch, rows); });
  if (traits.rows == RowKind::kLogRatio) return;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t node = i / target_.alphabet;
    const double own = batch.depth[node] == 0 ? 1.0 : context.own_mass[node];
    context.logs[i] = static_cast<float>(std::log(context.masses[i]) - std::log(own));
  }
}

void RowAsker::add_values(std::uint32_t context_number, const OracleBatch& batch,
                          Potential& potential, std::span<const RowRequest> requests,
                          Values& values) const {
  const std::size_t alphabet = target_.alphabet;
  std::vector<float> children(batch.size * alphabet);
  std::vector<float> own(batch.size, 0.0F);
  const PotentialTraits& traits = potential.traits();
  call_guarded("potential", traits.name, [&] {
    potential.evaluate(context_number, batch, target_.shape().end, {children.data(), own.data()});
  });
  for (std::uint32_t i = 0; i < batch.size; ++i) {
    if (batch.depth[i] == 0) own[i] = 0;
    if (!std::isfinite(own[i]))
      refuse("potential", traits.name, requests[i],
             fmt::format("ln of the node's own value is {}, where a chain stands", own[i]));
    const float most = traits.never_rises ? own[i] : std::numeric_limits<float>::max();
    for (std::size_t c = 0; c < alphabet; ++c) {
      const float value = children[i * alphabet + c];
      if (!(value <= most))
        refuse("potential", traits.name, requests[i],
               fmt::format("symbol {}: ln of its value is {}, the node's is {}{}", c, value, own[i],
                           value > own[i] && traits.never_rises ? ", but it never rises" : ""));
      values.children[i * alphabet + c] += value;
    }
    values.own[i] += own[i];
  }
}

void RowAsker::check(std::span<const float> logs, const RowRequest& request) const {
  const auto wrong = std::ranges::find_if(
      logs, [](float log) { return !(log < std::numeric_limits<float>::infinity()); });
  if (wrong != logs.end())
    refuse("oracle", target_.base->traits().name, request,
           fmt::format("symbol {}: the log ratio is {}", wrong - logs.begin(), *wrong));
}

void RowAsker::ask_batch(std::uint32_t context_number, std::span<RowRequest> requests) {
  Context& context = contexts_[context_number];
  const std::size_t size = requests.size();
  const std::size_t alphabet = target_.alphabet;
  const auto fill = [&](auto& array, const auto& value) {
    array.resize(std::max(array.size(), size));
    for (std::size_t i = 0; i < size; ++i) array[i] = value(requests[i]);
    return array.data();
  };
  OracleBatch batch;
  batch.size = static_cast<std::uint32_t>(size);
  batch.slot = fill(context.slot, [](const RowRequest& request) { return request.chain; });
  batch.depth = fill(context.depth, [](const RowRequest& request) {
    return static_cast<std::uint32_t>(request.prefix.size());
  });
  batch.symbol = fill(context.symbol, [](const RowRequest& request) {
    return request.prefix.empty() ? 0U : request.prefix.back();
  });
  batch.known = fill(context.known, [&](const RowRequest& request) { return known_of(request); });
  batch.prefix =
      fill(context.prefix, [](const RowRequest& request) { return request.prefix.data(); });

  const Clock::time_point begin = Clock::now();
  call_base(context_number, batch);
  const bool guided = !target_.potentials.empty();
  Values values{std::vector<float>(guided ? size * alphabet : 0, 0.0F),
                std::vector<float>(size, 0.0F)};
  for (const auto& potential : target_.potentials)
    add_values(context_number, batch, *potential, requests, values);
  context.spent += Clock::now() - begin;
  ++context.batches;

  for (std::size_t i = 0; i < size; ++i) {
    RowRequest& request = requests[i];
    taken_[request.chain].assign(request.prefix.begin(), request.prefix.end());
    const std::span<const float> logs(context.logs.data() + i * alphabet, alphabet);
    check(logs, request);
    const auto first = values.children.begin() + static_cast<std::ptrdiff_t>(i * alphabet);
    std::vector<float> children;
    if (guided) children.assign(first, first + static_cast<std::ptrdiff_t>(alphabet));
    request.row = std::make_shared<PrefixRow>(std::vector<float>(logs.begin(), logs.end()),
                                              std::move(children), values.own[i]);
  }
}

}  // namespace wend
