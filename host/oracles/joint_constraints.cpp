#include "host/oracles/joint_constraints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/base/no_mass.hpp"
#include "host/oracles/end_bits.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

// Children, and symbols of prefixes that constraints read: some tenths of a second; and kinds of
// node, some 100 bytes each.
constexpr std::uint64_t kMostRead = std::uint64_t{1} << 23U;
constexpr std::size_t kMostKinds = std::size_t{1} << 18U;

enum class Answer { kSome, kNone, kUnknown };

// Nodes by depth and what all constraints say of them, each of which is looked at once.
class JointSearch {
 public:
  JointSearch(std::vector<Potential*> constraints, std::uint32_t alphabet, std::uint32_t horizon,
              std::span<const std::uint32_t> ends)
      : constraints_(std::move(constraints)),
        horizon_(horizon),
        end_bits_(end_bits_of(alphabet, ends)),
        values_(alphabet),
        buckets_(constraints_.size(), std::vector<std::uint32_t>(alphabet)),
        alive_(alphabet) {}

  Answer run() {
    std::vector<std::vector<std::uint32_t>> to_try;  // by depth, of the last node first
    for (;;) {
      // Each constraint follows the prefix, for its values and for its states.
      read_ += alive_.size() + 2 * constraints_.size() * prefix_.size();
      if (read_ > kMostRead || seen_.size() > kMostKinds) return Answer::kUnknown;
      look();
      std::vector<std::uint32_t>& fresh = to_try.emplace_back();
      for (std::uint32_t c = 0; c < alive_.size(); ++c) {
        if (!alive_[c]) continue;
        if (ends(c) || prefix_.size() + 1 == horizon_) return Answer::kSome;
        if (seen_.insert(kind_of(c)).second) fresh.push_back(c);
      }
      while (to_try.back().empty()) {
        to_try.pop_back();
        if (to_try.empty()) return Answer::kNone;
        prefix_.pop_back();
      }
      prefix_.push_back(to_try.back().back());
      to_try.back().pop_back();
    }
  }

 private:
  // At the children of the node that `prefix_` leads to.
  void look() {
    const auto depth = static_cast<std::uint32_t>(prefix_.size());
    const std::uint32_t slot = 0;
    const std::uint32_t known = 0;
    const std::uint32_t symbol = depth == 0 ? 0 : prefix_.back();
    const std::uint32_t* prefix = prefix_.data();
    const OracleBatch batch{1, &slot, &depth, &symbol, &known, &prefix};
    std::fill(alive_.begin(), alive_.end(), true);
    float own = 0;
    std::uint32_t own_bucket = 0;
    for (std::size_t k = 0; k < constraints_.size(); ++k) {
      constraints_[k]->evaluate(0, batch, end_bits_.empty() ? nullptr : end_bits_.data(),
                                {values_.data(), &own});
      for (std::size_t c = 0; c < alive_.size(); ++c)
        if (values_[c] == kNoMassFloat) alive_[c] = false;
      if (constraints_[k]->traits().buckets > 1)
        constraints_[k]->name_buckets(0, batch, buckets_[k].data(), &own_bucket);
    }
  }

  [[nodiscard]] bool ends(std::uint32_t symbol) const {
    return !end_bits_.empty() && (end_bits_[symbol / 32] >> (symbol % 32) & 1U) != 0;
  }

  // A child's depth and buckets.
  [[nodiscard]] std::vector<std::uint32_t> kind_of(std::uint32_t child) const {
    std::vector<std::uint32_t> kind = {static_cast<std::uint32_t>(prefix_.size() + 1)};
    for (const std::vector<std::uint32_t>& buckets : buckets_) kind.push_back(buckets[child]);
    return kind;
  }

  std::vector<Potential*> constraints_;
  std::uint32_t horizon_;
  std::vector<std::uint32_t> end_bits_;
  std::vector<std::uint32_t> prefix_;
  std::vector<float> values_;
  std::vector<std::vector<std::uint32_t>> buckets_;  // 0 where a constraint has none
  std::vector<bool> alive_;
  std::set<std::vector<std::uint32_t>> seen_;
  std::uint64_t read_ = 0;
};

}  // namespace

void check_joint_constraints(std::span<const std::shared_ptr<Potential>> potentials,
                             std::uint32_t alphabet, std::uint32_t horizon,
                             std::span<const std::uint32_t> ends) {
  std::vector<Potential*> constraints;
  std::vector<std::string> names;
  for (const auto& potential : potentials)
    if (potential->traits().decided_by_bucket) {
      constraints.push_back(potential.get());
      names.push_back(potential->traits().name);
    }
  if (constraints.size() < 2) return;
  if (JointSearch(std::move(constraints), alphabet, horizon, ends).run() != Answer::kNone) return;
  throw Error(ErrorKind::kUsage, "potentials",
              fmt::format("{} contradict each other: no sequence of {}{} symbols keeps all of them",
                          fmt::join(names, ", "), ends.empty() ? "" : "at most ", horizon));
}

}  // namespace wend
