#pragma once

#include <memory>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// Reads the keys of an instance of kind "tree": alphabet, horizon, leaf_mass (array, or path of
/// an .npy of A^H values, first symbol most significant), estimate (exact, noise, file: the w of
/// all nodes, breadth-first). An .npy is mapped, not copied. O(A^H): masses are checked.
std::unique_ptr<Instance> load_tree(const JsonReader& json);

}  // namespace wend
