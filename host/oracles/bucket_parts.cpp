#include "host/oracles/bucket_parts.hpp"

#include <cstddef>

#include "host/oracles/model_oracle.hpp"

namespace wend {
namespace {

// More would be met too seldom to learn of each. What an oracle names of its own is taken as it is:
// where it names more than this, nothing of the constraints is.
constexpr std::uint32_t kMostTogether = 65536;

}  // namespace

BucketParts::BucketParts(const Guided& parts)
    : alphabet_(parts.base->traits().alphabet), base_names_(parts.base->traits().buckets > 0) {
  const OracleTraits& base = parts.base->traits();
  of_base_ = take(base.buckets, base.bucket_why, base.buckets);
  for (const auto& potential : parts.potentials)
    of_potentials_.push_back(
        take(potential->traits().buckets, potential->traits().name + "'s state", kMostTogether));
  if (count_ > 1) of_symbols_ = take(alphabet_, "last symbol", kMostTogether);
}

std::uint32_t BucketParts::take(std::uint32_t more, const std::string& name, std::uint64_t most) {
  if (more < 2 || std::uint64_t{count_} * more > most) return 1;
  count_ *= more;
  why_ += (why_.empty() ? "" : ", ") + name;
  return more;
}

std::vector<double> BucketParts::features(const std::vector<double>& base) const {
  const std::uint32_t buckets = count_ == 1 ? alphabet_ : count_;
  const std::uint32_t base_kinds = base_names_ ? of_base_ : count_ == 1 ? alphabet_ : of_symbols_;
  if (base.empty() || base_kinds == 1) return {};
  const std::size_t of_a_kind = base.size() / base_kinds;
  std::size_t width = of_a_kind;
  std::vector<char> shown;  // a potential: whether its states are features
  for (const std::uint32_t states : of_potentials_) {
    shown.push_back(states > 1 && width + states - 1 <= kMostFeatures ? 1 : 0);
    if (shown.back() != 0) width += states - 1;
  }
  std::vector<double> features(width * buckets, 0.0);
  for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
    double* next = &features[width * bucket];
    std::uint32_t rest = bucket / of_symbols_;
    std::vector<std::uint32_t> states(of_potentials_.size());
    for (std::size_t k = states.size(); k-- > 0;) {
      states[k] = rest % of_potentials_[k];
      rest /= of_potentials_[k];
    }
    const std::uint32_t kind = base_names_ ? rest : count_ == 1 ? bucket : bucket % of_symbols_;
    for (std::size_t k = 0; k < of_a_kind; ++k) *next++ = base[kind * of_a_kind + k];
    for (std::size_t k = 0; k < states.size(); ++k) {
      if (shown[k] == 0) continue;
      if (states[k] > 0) next[states[k] - 1] = 1;  // the first one is the absence of the others
      next += of_potentials_[k] - 1;
    }
  }
  return features;
}

}  // namespace wend
