#pragma once

#include <memory>

#include "host/files/json_reader.hpp"
#include "host/instances/class/target.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// The oracle's largest accuracy that a class takes.
inline constexpr double kMaxClassKappa = 1e6;

/// An instance of kind "class": a truth of the class or another instance, as the oracle, and the
/// class in which the target is known to lie. Its masses are normalised. Of `facts`, path, digest
/// and symbol_names are kept, the others are found. Throws Error(kInput) "PATH: KEY: reason", or
/// "KEY: reason" without a path: no member, neither or both of truth and oracle, a truth that is no
/// member, an estimate that is neither exact nor noise, an oracle of other sequences or whose total
/// is not known, a kappa that is below the oracle's own, below 1 or above kMaxClassKappa.
std::unique_ptr<Instance> make_class(ClassTarget target, InstanceFacts facts = {});

/// Reads an instance of kind "class"; docs/instances.md lists the keys. Throws Error(kInput).
std::unique_ptr<Instance> load_class(const JsonReader& json);

}  // namespace wend
