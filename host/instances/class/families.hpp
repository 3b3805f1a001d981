#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/instances/ngram/model.hpp"
#include "host/oracles/class_members.hpp"

namespace wend {

/// What every generated class is a function of. Member i depends on (seed, i) alone, not on how
/// many there are (but for needles: see there).
struct FamilySize {
  std::uint32_t alphabet = 2;  ///< 2 to 65,535
  std::uint32_t horizon = 1;   ///< 1 to 65,535
  std::uint32_t count = 1;     ///< 1 to kMaxMembers
  std::uint64_t seed = 0;
};

inline constexpr std::uint32_t kMaxMembers = 1U << 24U;

// In all of these `where` ("FILE: family") starts messages, before the key; they throw
// Error(kInput) if the tables do not fit memory, before allocating them. O(size of the tables).

/// Independent symbols: symbol c of depth h has probability (1 + s w_c gamma) / A with a random
/// sign s of (member, h); w_c is 1 in the lower half of the alphabet, -1 in the upper half, and 0
/// for the middle symbol of an odd one. 0 < gamma < 1.
ProductMembers product_members(const FamilySize& size, double gamma, const std::string& where);

/// Markov chains: the law of the first symbol and the A rows of transitions are uniform on the
/// simplex. Context 0 is the start, context 1 + c follows symbol c.
TableMembers markov_members(const FamilySize& size, const std::string& where);

/// Uniform but for `mass`, 0 < mass < 1, which member i has inside the subtree of a node of depth
/// `depth`, its own alone. The first ceil(log_A count) symbols of that node number the members from
/// a random offset on, the others are random. Without a depth: 8 symbols more than the members'
/// numbers need, as far as the horizon and 64 bits allow. Throws Error(kInput) also if the nodes of
/// that depth are fewer than the members, if depth > horizon, or if its symbols take over 64 bits.
NeedleMembers needle_members(const FamilySize& size, std::optional<std::uint32_t> depth,
                             double mass, const std::string& where);

/// Low-rank changes of a model's logits: in context u, symbol c has probability proportional to
/// base(c | u) exp( scale sum_k a_k(u) b_k(c) / sqrt(rank) ), a and b being standard normal draws
/// of the member. `size.alphabet` is not used: it is the base's. The base's end symbol, if it has
/// one, is followed by itself alone.
TableMembers adapter_members(const NgramModel& base, const FamilySize& size, std::uint32_t rank,
                             double scale, const std::string& where);

/// A model whose rows are uniform on the simplex, a function of the seed; no end symbol.
NgramModel random_model(std::uint32_t alphabet, std::uint32_t order, std::uint64_t seed,
                        const std::string& where);

/// Contexts of a model as those of table members: one more than the model's where it has an end
/// symbol, the last, in which only symbol 0 follows. `next` is contexts x A; what cannot follow
/// leads to context 0.
std::vector<std::uint32_t> closed_contexts(const NgramModel& model);

/// Tables of zeros for `contexts`, whose sizes are checked first; `next` is left to be filled.
TableMembers empty_table(const FamilySize& size, std::uint64_t contexts, const std::string& where);

}  // namespace wend
