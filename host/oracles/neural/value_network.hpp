#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "host/oracles/neural/network.hpp"
#include "wend/potential.hpp"

namespace wend {

/// A network of a window as a potential: V(c) of a child is the logistic function of its logit, in
/// (0, 1], after the last symbols of its parent; V is 1 at the root. `reward`: so are the factors
/// of leaves, else these are 1, and V guides the walk without changing what is drawn. V may rise
/// along a path, so that nothing follows for bounds.
std::shared_ptr<Potential> make_value_network(std::shared_ptr<const Network> network,
                                              std::string name, std::uint32_t alphabet,
                                              std::uint32_t horizon, bool reward);

}  // namespace wend
