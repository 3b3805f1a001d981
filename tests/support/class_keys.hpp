#pragma once

#include <string>

// Parts of class instances' files that several tests are made of.
namespace wend::testing {

inline const std::string kNoise =
    R"(, "estimate": {"kind": "noise", "model": "iid", "kappa": 1.5, "seed": 4})";
inline const std::string kExact = R"(, "estimate": {"kind": "exact"})";
inline const std::string kMarkov =
    R"("horizon": 4, "family": {"kind": "markov", "count": 9, "seed": 3, "alphabet": 3})";
inline const std::string kTree = R"({"kind": "tree", "alphabet": 2, "horizon": 3,
    "leaf_mass": [1, 2, 0, 0, 5, 6, 7, 8])";

}  // namespace wend::testing
