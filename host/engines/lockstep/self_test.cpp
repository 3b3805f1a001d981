#include "host/engines/lockstep/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "host/engines/lockstep/oracle_failure.hpp"
#include "kernels/random/philox.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::size_t kPrefixes = 8;

using Prefix = std::vector<std::uint32_t>;
/// ln w(c)/w(u) of the children; at the root of a table of masses, ln w(c).
using Row = std::vector<double>;

class Asker {
 public:
  Asker(BatchOracle& oracle, const std::atomic<bool>& stop) : oracle_(oracle), stop_(stop) {}

  /// Whether it is to ask no more.
  [[nodiscard]] bool stopped() const { return stop_; }

  /// Rows of `prefixes` in `slots`, of which the oracle still has the first `known` symbols.
  std::vector<Row> ask(std::span<const Prefix> prefixes, std::span<const std::uint32_t> slots,
                       std::span<const std::uint32_t> known) {
    const std::size_t size = prefixes.size();
    const OracleTraits& traits = oracle_.traits();
    std::vector<std::uint32_t> depth;
    std::vector<std::uint32_t> symbol;
    std::vector<const std::uint32_t*> pointers;
    for (const Prefix& prefix : prefixes) {
      depth.push_back(static_cast<std::uint32_t>(prefix.size()));
      symbol.push_back(prefix.empty() ? 0 : prefix.back());
      pointers.push_back(prefix.data());
    }
    const OracleBatch batch{static_cast<std::uint32_t>(size),
                            slots.data(),
                            depth.data(),
                            symbol.data(),
                            known.data(),
                            pointers.data()};
    const bool logs = traits.rows == RowKind::kLogRatio;
    std::vector<float> ratios(logs ? size * traits.alphabet : 0);
    std::vector<double> masses(logs ? 0 : size * traits.alphabet);
    std::vector<double> own(size, 1.0);
    OracleRows rows;
    rows.log_ratio = logs ? ratios.data() : nullptr;
    rows.mass = logs ? nullptr : masses.data();
    rows.own = logs ? nullptr : own.data();
    call_guarded("oracle", traits.name, [&] { oracle_.expand(0, batch, rows); });
    asked_ += size;
    std::vector<Row> found(size, Row(traits.alphabet));
    for (std::size_t i = 0; i < size; ++i)
      for (std::uint32_t c = 0; c < traits.alphabet; ++c) {
        const std::size_t at = i * traits.alphabet + c;
        const double scale = depth[i] == 0 ? 1.0 : own[i];
        found[i][c] = logs ? static_cast<double>(ratios[at]) : std::log(masses[at] / scale);
      }
    return found;
  }

  Row ask_one(const Prefix& prefix, std::uint32_t slot, std::uint32_t known) {
    return std::move(ask({&prefix, 1}, {&slot, 1}, {&known, 1}).front());
  }

  [[nodiscard]] std::uint64_t asked() const { return asked_; }

 private:
  BatchOracle& oracle_;
  const std::atomic<bool>& stop_;
  std::uint64_t asked_ = 0;
};

// A child drawn from a row that may be anything: what has no finite number is passed over.
std::optional<std::uint32_t> draw_child(const Row& row, std::uint32_t draw) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double value : row)
    if (std::isfinite(value)) largest = std::max(largest, value);
  if (!std::isfinite(largest)) return std::nullopt;
  double total = 0;
  for (const double value : row) total += std::isfinite(value) ? std::exp(value - largest) : 0;
  double left = total * (draw * 0x1p-32);
  std::optional<std::uint32_t> last;
  for (std::uint32_t c = 0; c < row.size(); ++c) {
    if (!std::isfinite(row[c])) continue;
    last = c;
    left -= std::exp(row[c] - largest);
    if (left < 0) break;
  }
  return last;
}

// Prefixes of lengths from 0 to H - 1, each asked symbol by symbol in slot 0 as it is drawn; those
// that are there at a stop, one at least.
struct Drawn {
  std::vector<Prefix> prefixes;
  std::vector<Row> rows;
};

Drawn draw_prefixes(const OracleTraits& traits, Asker& asker, std::uint64_t seed) {
  Drawn drawn;
  const std::uint32_t deepest = traits.horizon - 1;
  for (std::size_t i = 0; i < kPrefixes && (i == 0 || !asker.stopped()); ++i) {
    const auto length = static_cast<std::uint32_t>(std::uint64_t{deepest} * i / (kPrefixes - 1));
    Prefix prefix;
    Row row = asker.ask_one(prefix, 0, 0);
    while (prefix.size() < length && !asker.stopped()) {
      const kernels::DrawBlock draws =
          kernels::draw_block(seed, kernels::kPurposePilot, i, prefix.size());
      const std::optional<std::uint32_t> child = draw_child(row, draws.word[0]);
      if (!child || std::ranges::find(traits.end, *child) != traits.end.end()) break;
      prefix.push_back(*child);
      row = asker.ask_one(prefix, 0, static_cast<std::uint32_t>(prefix.size() - 1));
    }
    if (std::ranges::find(drawn.prefixes, prefix) != drawn.prefixes.end()) continue;
    drawn.prefixes.push_back(std::move(prefix));
    drawn.rows.push_back(std::move(row));
  }
  return drawn;
}

/// Takes down how answers differ.
class Comparison {
 public:
  explicit Comparison(SelfTestFindings& findings) : findings_(findings) {}

  void operator()(const Prefix& prefix, const Row& first, const Row& second,
                  const char* how) const {
    ++findings_.repeated;
    bool differs = false;
    for (std::uint32_t c = 0; c < first.size(); ++c) {
      // The same bits, and what is no number is the same as itself.
      if (first[c] == second[c] || (std::isnan(first[c]) && std::isnan(second[c]))) continue;
      differs = true;
      const double by = std::isfinite(first[c]) && std::isfinite(second[c])
                            ? std::abs(first[c] - second[c])
                            : std::numeric_limits<double>::infinity();
      if (by <= findings_.largest_difference) continue;
      findings_.largest_difference = by;
      findings_.what = fmt::format(
          "asked again {}, a prefix of {} symbols has other estimates: ln of symbol {} "
          "is {:.9g}, then {:.9g}",
          how, prefix.size(), c, first[c], second[c]);
    }
    if (differs) ++findings_.differing;
  }

 private:
  SelfTestFindings& findings_;
};

SelfTestFindings test_oracle(BatchOracle& oracle, std::uint64_t slots, std::uint32_t max_batch,
                             std::uint64_t seed, const std::atomic<bool>& stop) {
  const OracleTraits& traits = oracle.traits();
  Asker asker(oracle, stop);
  SelfTestFindings findings;
  const Comparison compare(findings);
  const Drawn drawn = draw_prefixes(traits, asker, seed);
  const std::size_t count = drawn.prefixes.size();

  for (std::size_t i = 0; i < count && !asker.stopped(); ++i)
    compare(drawn.prefixes[i], drawn.rows[i], asker.ask_one(drawn.prefixes[i], 0, 0), "at once");

  // In company, in other slots, as many at once as the run may.
  std::size_t most = std::min<std::size_t>(count, slots);
  for (const std::uint32_t limit : {traits.max_batch, max_batch})
    if (limit != 0) most = std::min<std::size_t>(most, limit);
  // Contexts have their own slots: those of the first.
  const std::uint64_t contexts = std::min<std::uint64_t>(traits.contexts, slots);
  const std::uint64_t share = (slots + contexts - 1) / contexts;
  most = std::min<std::size_t>(most, share);
  for (std::size_t first = 0; first < count && !asker.stopped(); first += most) {
    const std::size_t size = std::min(most, count - first);
    std::vector<std::uint32_t> other_slots(size);
    for (std::size_t i = 0; i < size; ++i)
      other_slots[i] = static_cast<std::uint32_t>(size - 1 - i);
    const std::vector<std::uint32_t> known(size, 0);
    const std::vector<Row> rows =
        asker.ask(std::span(drawn.prefixes).subspan(first, size), other_slots, known);
    for (std::size_t i = 0; i < size; ++i)
      compare(drawn.prefixes[first + i], drawn.rows[first + i], rows[i], "in a batch");
  }

  // Deeper, then back: what the slot had below is gone, what it has above is still right.
  const auto deepest = std::ranges::max_element(drawn.prefixes, {},
                                                [](const Prefix& prefix) { return prefix.size(); });
  const Prefix& deep = *deepest;
  for (std::size_t length = deep.size();
       length-- > 0 && deep.size() - length <= kPrefixes && !asker.stopped();) {
    const Row first =
        asker.ask_one({deep.begin(), deep.begin() + static_cast<std::ptrdiff_t>(length)}, 0, 0);
    static_cast<void>(asker.ask_one(deep, 0, static_cast<std::uint32_t>(length)));
    const Prefix back(deep.begin(), deep.begin() + static_cast<std::ptrdiff_t>(length));
    compare(back, first, asker.ask_one(back, 0, static_cast<std::uint32_t>(length)),
            "after a longer one");
  }
  findings.asked = asker.asked();
  return findings;
}

void refuse_differences(const OracleTraits& traits, const SelfTestFindings& findings) {
  if (findings.differing == 0) return;
  throw Error(
      ErrorKind::kRuntime, "self_test",
      fmt::format("oracle \"{}\": {}; of {} rows asked for again {} differ, by up to {:.3g}; they "
                  "must be a function of the prefix alone: fix the batch's shape, or its "
                  "arithmetic, or draw from the first answers with `self_test = pin`",
                  traits.name, findings.what, findings.repeated, findings.differing,
                  findings.largest_difference));
}

}  // namespace

SelfTestFindings self_test(BatchOracle& oracle, SelfTest test, std::uint64_t slots,
                           std::uint32_t max_batch, std::uint64_t seed,
                           const std::atomic<bool>& stop) {
  if (test == SelfTest::kOff || stop) return {};
  SelfTestFindings findings = test_oracle(oracle, slots, max_batch, seed, stop);
  if (test == SelfTest::kRefuse) refuse_differences(oracle.traits(), findings);
  return findings;
}

}  // namespace wend
