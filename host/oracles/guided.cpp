#include "host/oracles/guided.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "host/base/no_mass.hpp"
#include "host/oracles/bucket_parts.hpp"
#include "host/oracles/device_twin.hpp"
#include "host/oracles/end_bits.hpp"
#include "host/oracles/model_oracle.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorKind::kUsage, reason); }

void check_fit(const Guided& parts) {
  if (!parts.base) refuse("a product without a base");
  const OracleTraits& base = parts.base->traits();
  check_traits(base);
  if (base.rows != RowKind::kLogRatio)
    refuse(fmt::format("oracle \"{}\": its rows are masses; a base must answer with log ratios",
                       base.name));
  std::vector<std::uint32_t> ends = base.end;
  std::ranges::sort(ends);
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  for (const auto& potential : parts.potentials) {
    if (!potential) refuse("a potential that is null");
    const PotentialTraits& traits = potential->traits();
    const auto check = [&](const char* what, std::uint32_t own, std::uint32_t other) {
      if (own != 0 && own != other)
        refuse(fmt::format("potential \"{}\": its {} is {}, that of the oracle \"{}\" is {}",
                           traits.name, what, own, base.name, other));
    };
    check("alphabet", traits.alphabet, base.alphabet);
    check("horizon", traits.horizon, base.horizon);
    if (traits.end && *traits.end != ends)
      refuse(
          fmt::format("potential \"{}\": its end symbols are [{}], those of the oracle \"{}\" "
                      "are [{}]",
                      traits.name, fmt::join(*traits.end, ", "), base.name, fmt::join(ends, ", ")));
  }
}

// Bounds of mu/w from above by depth, of a product whose potentials never rise, or none.
//
// Let mu_0, w_0 be the base's mass and estimate and V the product of the potentials. Below u no
// factor exceeds V(u), so that mu(u) <= V(u) mu_0(u): where mu_0 <= kappa_h w_0, mu(u) <= kappa_h
// V(u) w_0(u) = kappa_h w(u). And where S_0 <= w_0 at every node below the root, w(u) >= w(u)
// S_0(u)/w_0(u) >= S(u), V of children being at most V(u); leaves are exact, and so, by induction
// upwards, mu(u) = sum of mu(c) <= S(u) <= w(u): kappa_h = 1. Both hold in floating point as well,
// as far as they hold of the base: a sum and a difference are rounded monotonically, so that no
// entry of the product's row exceeds the base's.
std::vector<double> bounds_from_above(const OracleTraits& base) {
  std::vector<double> bounds = base.kappa_by_depth;
  if (bounds.empty() && base.kappa) {
    bounds.assign(base.horizon, *base.kappa);
    bounds.back() = 1;
  }
  const bool never_below_children =
      !base.ratio_bound.empty() && std::all_of(base.ratio_bound.begin() + 1, base.ratio_bound.end(),
                                               [](double bound) { return bound <= 1; });
  if (!never_below_children) return bounds;
  if (bounds.empty()) bounds.assign(base.horizon, 1.0);
  for (double& bound : bounds) bound = std::min(bound, 1.0);
  return bounds;
}

OracleTraits traits_of(const Guided& parts, const BucketParts& buckets) {
  const OracleTraits& base = parts.base->traits();
  OracleTraits traits = base;
  traits.buckets = buckets.count() > 1 ? buckets.count() : 0;
  traits.bucket_why = buckets.why();
  traits.kappa.reset();
  traits.kappa_by_depth.clear();
  const bool never_rise = std::ranges::all_of(
      parts.potentials, [](const auto& potential) { return potential->traits().never_rises; });
  if (!never_rise) {
    traits.ratio_bound.clear();
    return traits;
  }
  traits.kappa_by_depth = bounds_from_above(base);
  if (traits.kappa_by_depth.empty()) return traits;
  if (base.kappa_by_depth.empty() && !base.kappa)
    traits.kappa_why = "no estimate of the base is below its children's, and no potential rises";
  else
    traits.kappa_why = "the base's bound of the mass from above, for no potential rises";
  return traits;
}

class GuidedOracle final : public BatchOracle, public HasDeviceTwin {
 public:
  explicit GuidedOracle(Guided parts)
      : parts_(std::move(parts)),
        buckets_(parts_),
        traits_(traits_of(parts_, buckets_)),
        end_bits_(end_bits_of(traits_)),
        scratch_(traits_.contexts) {}

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }

  /// Potentials stay the host's: rows of the base come from the GPU.
  [[nodiscard]] bool has_device_twin() const override {
    return device_twin_of(*parts_.base) != nullptr;
  }
  [[nodiscard]] std::optional<std::uint64_t> device_bytes() const override { return std::nullopt; }
  [[nodiscard]] std::shared_ptr<BatchOracle> make_device_twin(std::uint64_t chains) const override {
    return make_guided_oracle(
        {device_twin_of(*parts_.base)->make_device_twin(chains), parts_.potentials});
  }

  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    OracleRows of_base = rows;
    if (buckets_.of_base() == 1) of_base.bucket = of_base.own_bucket = nullptr;
    parts_.base->expand(context, batch, of_base);
    Scratch& scratch = scratch_[context];
    const std::size_t alphabet = traits_.alphabet;
    if (scratch.own.size() < batch.size) {
      scratch.children.resize(batch.size * alphabet);
      scratch.own.resize(batch.size);
    }
    const std::uint32_t* end = end_bits_.empty() ? nullptr : end_bits_.data();
    for (const auto& potential : parts_.potentials) {
      potential->evaluate(context, batch, end, {scratch.children.data(), scratch.own.data()});
      for (std::uint32_t i = 0; i < batch.size; ++i)
        multiply(scratch.children.data() + i * alphabet,
                 batch.depth[i] == 0 ? 0.0F : scratch.own[i], potential->traits(),
                 rows.log_ratio + i * alphabet);
    }
    if (rows.bucket != nullptr) name_buckets(context, batch, rows);
  }

  [[nodiscard]] std::vector<double> bucket_features() const override {
    return buckets_.features(wend::bucket_features(*parts_.base));
  }

 private:
  // The numbers of what the parts name, put together as BucketParts has them.
  void name_buckets(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) const {
    const std::size_t alphabet = traits_.alphabet;
    const std::size_t cells = batch.size * alphabet;
    if (buckets_.of_base() == 1) {
      std::fill_n(rows.bucket, cells, 0U);
      std::fill_n(rows.own_bucket, batch.size, 0U);
    }
    std::vector<std::uint32_t> children(cells);
    std::vector<std::uint32_t> own(batch.size);
    for (std::size_t k = 0; k < parts_.potentials.size(); ++k) {
      const std::uint32_t radix = buckets_.of_potentials()[k];
      if (radix == 1) continue;
      parts_.potentials[k]->name_buckets(context, batch, children.data(), own.data());
      for (std::size_t i = 0; i < cells; ++i) rows.bucket[i] = rows.bucket[i] * radix + children[i];
      for (std::uint32_t i = 0; i < batch.size; ++i)
        rows.own_bucket[i] = rows.own_bucket[i] * radix + own[i];
    }
    const std::uint32_t radix = buckets_.of_symbols();
    if (radix == 1) return;
    for (std::size_t i = 0; i < cells; ++i)
      rows.bucket[i] = rows.bucket[i] * radix + static_cast<std::uint32_t>(i % alphabet);
    for (std::uint32_t i = 0; i < batch.size; ++i)
      rows.own_bucket[i] = rows.own_bucket[i] * radix + batch.symbol[i];
  }

  struct Scratch {
    std::vector<float> children;
    std::vector<float> own;
  };

  void multiply(const float* children, float own, const PotentialTraits& potential,
                float* row) const {
    if (own == kNoMassFloat) {  // no chain stands here, and -inf - -inf is no number
      std::fill_n(row, traits_.alphabet, kNoMassFloat);
      return;
    }
    bool rises = false;
    for (std::uint32_t c = 0; c < traits_.alphabet; ++c) {
      rises |= children[c] > own;
      row[c] += children[c] - own;
    }
    if (rises && potential.never_rises) refuse_rise(children, own, potential);
  }

  // Guarantees rest on it.
  [[noreturn]] void refuse_rise(const float* children, float own,
                                const PotentialTraits& potential) const {
    const float* child =
        std::find_if(children, children + traits_.alphabet, [&](float v) { return v > own; });
    throw Error(ErrorKind::kRuntime,
                fmt::format("potential \"{}\", which never rises, rises from {:g} to {:g} (ln) at "
                            "symbol {}",
                            potential.name, own, *child, child - children));
  }

  Guided parts_;
  BucketParts buckets_;
  OracleTraits traits_;
  std::vector<std::uint32_t> end_bits_;
  std::vector<Scratch> scratch_;  // a context
};

}  // namespace

std::shared_ptr<BatchOracle> make_guided_oracle(Guided parts) {
  check_fit(parts);
  if (parts.potentials.empty()) return parts.base;
  return std::make_shared<GuidedOracle>(std::move(parts));
}

}  // namespace wend
