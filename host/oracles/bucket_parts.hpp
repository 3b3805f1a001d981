#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/oracles/guided.hpp"

namespace wend {

/// What training may tell nodes of a product apart by: as much of what its parts do as makes few
/// kinds, and the last symbol. A bucket is a number in mixed radix: the base's bucket, then the
/// potentials' states in their order, then the last symbol; a part that is left out has radix 1.
class BucketParts {
 public:
  explicit BucketParts(const Guided& parts);

  [[nodiscard]] std::uint32_t of_base() const { return of_base_; }
  [[nodiscard]] const std::vector<std::uint32_t>& of_potentials() const { return of_potentials_; }
  [[nodiscard]] std::uint32_t of_symbols() const { return of_symbols_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }  ///< 1: the last symbol stands in
  [[nodiscard]] const std::string& why() const { return why_; }

  /// BatchOracle::bucket_features() of the product: of each bucket those of the base's part of it,
  /// which are `base`, and which state each potential is in that has few. None where nothing of a
  /// bucket says which of the base's it is. O(buckets x features).
  [[nodiscard]] std::vector<double> features(const std::vector<double>& base) const;

 private:
  std::uint32_t take(std::uint32_t more, const std::string& name, std::uint64_t most);

  std::uint32_t alphabet_;
  bool base_names_;  // buckets of its own, of which its features are
  std::uint32_t of_base_ = 1;
  std::vector<std::uint32_t> of_potentials_;
  std::uint32_t of_symbols_ = 1;
  std::uint32_t count_ = 1;
  std::string why_;
};

}  // namespace wend
