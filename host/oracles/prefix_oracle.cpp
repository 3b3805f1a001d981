#include "host/oracles/prefix_oracle.hpp"

#include "wend/error.hpp"

namespace wend {

PrefixOracle make_prefix_oracle(const ClassMembers& members, std::uint64_t truth,
                                const kernels::PrefixNoise& noise, Correction correction) {
  return {alphabet(members), horizon(members), &members, truth, noise, correction};
}

void check_walk(const PrefixOracle& oracle, kernels::Walk walk) {
  if (walk == kernels::Walk::kSequential && oracle.correction == Correction::kReject)
    throw Error(ErrorKind::kUsage, "correction",
                "reject needs a table of the whole tree, which a class has not got; use "
                "`correction = weight` or `correction = none`");
}

}  // namespace wend
