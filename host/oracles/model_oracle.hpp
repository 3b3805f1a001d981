#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/lockstep/shape.hpp"
#include "wend/algorithm.hpp"
#include "wend/oracle.hpp"

namespace wend {

inline constexpr std::uint32_t kMostBuckets = 262'144;
inline constexpr std::size_t kMostFeatures = 64;  ///< of a bucket

/// An oracle that is asked while the chains walk, by the lockstep engine.
struct ModelOracle {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::shared_ptr<BatchOracle> model;
  std::vector<std::uint32_t> end_bits;  ///< bit s of it: symbol s ends a sequence; or empty
  bool thinned = false;  ///< the sequential sampler keeps a share of its proposals, as rows say
  std::shared_ptr<std::mutex> in_use;  ///< by a run
  bool own_masses = false;  ///< the instance tells a sequence's mass, so that records need not

  [[nodiscard]] kernels::LockstepShape shape() const {
    return {alphabet, horizon, end_bits.empty() ? nullptr : end_bits.data()};
  }
};

/// Slots and contexts are those of one run, which holds the oracle meanwhile. Throws Error(kUsage)
/// while another one does.
[[nodiscard]] std::unique_lock<std::mutex> hold(const BatchOracle& oracle, std::mutex& in_use);
[[nodiscard]] inline std::unique_lock<std::mutex> hold(const ModelOracle& oracle) {
  return hold(*oracle.model, *oracle.in_use);
}

/// Throws Error(kUsage) for traits that do not fit each other, and for the sequential sampler with
/// Correction::kReject where nothing is known to reject by.
/// `in_use`: of all oracles of one model; null: it has no other.
ModelOracle make_model_oracle(std::shared_ptr<BatchOracle> model, kernels::Walk walk,
                              Correction correction, bool own_masses,
                              std::shared_ptr<std::mutex> in_use = nullptr);

/// Throws Error(kUsage) for traits that do not fit each other.
void check_traits(const OracleTraits& traits);

/// BatchOracle::bucket_features(). Throws Error(kUsage) for numbers that do not fit its buckets, or
/// are not finite.
std::vector<double> bucket_features(const BatchOracle& oracle);

/// Words that a record has behind its symbols.
std::uint32_t record_sums(const ModelOracle& oracle);

}  // namespace wend
