#include "host/baselines/chain.hpp"

#include <algorithm>
#include <cmath>

namespace wend {

void BaselinePath::begin_with(const BaselinePath& other, std::uint32_t cut) {
  std::copy_n(other.symbols.begin(), cut, symbols.begin());
  std::copy_n(other.log_ratio.begin(), cut, log_ratio.begin());
  std::copy_n(other.log_proposal.begin(), cut, log_proposal.begin());
  std::copy_n(other.node.begin(), cut + 1, node.begin());
  std::copy_n(other.row.begin(), cut + 1, row.begin());
  length = cut;
  log_value = row[cut]->own_value();
}

double log_target(const BaselinePath& path, double power, std::uint32_t from) {
  double sum = 0;
  for (std::uint32_t h = from; h < path.length; ++h) sum += path.log_ratio[h];
  return power * sum + path.log_value;
}

double log_proposal(const BaselinePath& path, std::uint32_t from) {
  double sum = 0;
  for (std::uint32_t h = from; h < path.length; ++h) sum += path.log_proposal[h];
  return sum;
}

double log_suffix_ratio(const BaselinePath& state, const BaselinePath& proposal, std::uint32_t cut,
                        double power) {
  const double lengths =
      std::log(static_cast<double>(state.length) / static_cast<double>(proposal.length));
  return (log_target(proposal, power, cut) - log_target(state, power, cut)) -
         (log_proposal(proposal, cut) - log_proposal(state, cut)) + lengths;
}

}  // namespace wend
