#pragma once

#include <cstdint>

#include "kernels/platform.hpp"

// The members of a class, as a kernel sees them: the conditional probability f(uc)/f(u) of a child
// for every member at once. Where it is one of a few numbers (kFewValues), all above 2^-120, a
// child can be brought to another scale as it stands, and what is the least of them is known; where
// it is one power of two for all members and children, a node is even. A view's members have
// positions 0..count-1; arrays over members are padded to a multiple of kMembersPerWord with
// members whose numbers may be anything finite.
namespace wend::kernels {

/// Members are taken this many at a time: the bits of one word of survivors, and the number of
/// partial sums that every backend keeps (path_walk.hpp).
inline constexpr std::uint32_t kMembersPerWord = 64;

/// A node on a path, the same for all members.
struct ClassNode {
  std::uint32_t depth = 0;
  std::uint32_t context = 0;  ///< TableMembersView: the automaton's state
  std::uint64_t path = 0;     ///< NeedleMembersView: the first symbols, `symbol_bits` each
};

/// Independent symbols: at depth h symbol c has probability up[c] where the member's sign bit h is
/// set, else down[c]. Sign bits: word h / 64 of position i at signs[(h / 64) * stride + i].
struct ProductMembersView {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t count;
  std::uint64_t stride;
  const std::uint64_t* signs;
  const double* up;    ///< A
  const double* down;  ///< A
  static constexpr bool kHasState = false;

  template <class Lanes>
  struct Child {
    const std::uint64_t* words;
    std::uint64_t bit;
    typename Lanes::F64 up;
    typename Lanes::F64 down;
    static constexpr bool kFewValues = true;
    WEND_HD typename Lanes::F64 at(std::uint64_t position, const std::uint32_t*) const {
      return Lanes::select(Lanes::any_bit(words + position, bit), up, down);
    }
    /// Its probabilities times a power of two.
    [[nodiscard]] WEND_HD Child scaled(typename Lanes::F64 scale) const {
      return {words, bit, Lanes::multiply(up, scale), Lanes::multiply(down, scale)};
    }
  };
  template <class Lanes>
  [[nodiscard]] WEND_HD Child<Lanes> child(const ClassNode& node, std::uint32_t symbol) const {
    return {signs + (node.depth >> 6U) * stride, std::uint64_t{1} << (node.depth & 63U),
            Lanes::splat(up[symbol]), Lanes::splat(down[symbol])};
  }
  [[nodiscard]] WEND_HD double least_probability(const ClassNode&, std::uint32_t symbol) const {
    return up[symbol] < down[symbol] ? up[symbol] : down[symbol];
  }
  [[nodiscard]] WEND_HD static bool even(const ClassNode&) { return false; }
  [[nodiscard]] WEND_HD ClassNode descend(ClassNode node, std::uint32_t) const {
    return {node.depth + 1, 0, 0};
  }
};

/// Uniform but for `mass` that sits in one subtree, the member's own, whose root has depth
/// `needle_depth`: its symbols, symbol h at bits h * symbol_bits, are needle[i]. On the way to it
/// the next symbol of the needle has probability follow[h], any other leave[h]; elsewhere 1/A.
struct NeedleMembersView {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t count;
  std::uint32_t needle_depth;
  std::uint32_t symbol_bits;
  const std::uint64_t* needle;
  const double* follow;  ///< needle_depth
  const double* leave;   ///< needle_depth
  double uniform;        ///< 1/A
  static constexpr bool kHasState = false;

  template <class Lanes>
  struct Child {
    const std::uint64_t* needle;
    std::uint64_t near;       ///< path so far
    std::uint64_t near_bits;  ///< its bits
    std::uint64_t on;         ///< path to the child
    std::uint64_t on_bits;
    typename Lanes::F64 follow;
    typename Lanes::F64 leave;
    typename Lanes::F64 uniform;
    static constexpr bool kFewValues = true;
    WEND_HD typename Lanes::F64 at(std::uint64_t position, const std::uint32_t*) const {
      const auto is_near = Lanes::same_bits(needle + position, near, near_bits);
      const auto is_on = Lanes::same_bits(needle + position, on, on_bits);
      return Lanes::select(is_on, follow, Lanes::select(is_near, leave, uniform));
    }
    /// Members whose needle may be below the parent; the others have `uniform`.
    [[nodiscard]] WEND_HD typename Lanes::Mask near_members(std::uint64_t position) const {
      return Lanes::same_bits(needle + position, near, near_bits);
    }
    [[nodiscard]] WEND_HD Child scaled(typename Lanes::F64 scale) const {
      return {needle,
              near,
              near_bits,
              on,
              on_bits,
              Lanes::multiply(follow, scale),
              Lanes::multiply(leave, scale),
              Lanes::multiply(uniform, scale)};
    }
  };
  template <class Lanes>
  [[nodiscard]] WEND_HD Child<Lanes> child(const ClassNode& node, std::uint32_t symbol) const {
    const typename Lanes::F64 even = Lanes::splat(uniform);
    if (node.depth >= needle_depth) return {needle, 0, 0, 0, 0, even, even, even};
    return {needle,
            node.path,
            prefix_bits(node.depth),
            descend(node, symbol).path,
            prefix_bits(node.depth + 1),
            Lanes::splat(follow[node.depth]),
            Lanes::splat(leave[node.depth]),
            even};
  }
  [[nodiscard]] WEND_HD ClassNode descend(ClassNode node, std::uint32_t symbol) const {
    if (node.depth < needle_depth)
      node.path |= static_cast<std::uint64_t>(symbol) << (node.depth * symbol_bits);
    ++node.depth;
    return node;
  }
  [[nodiscard]] WEND_HD double least_probability(const ClassNode& node, std::uint32_t) const {
    if (node.depth >= needle_depth) return uniform;
    const double least = leave[node.depth] < uniform ? leave[node.depth] : uniform;
    return follow[node.depth] < least ? follow[node.depth] : least;
  }
  [[nodiscard]] WEND_HD bool even(const ClassNode& node) const {
    return node.depth >= needle_depth && (alphabet & (alphabet - 1)) == 0;
  }
  /// The bits of the first `depth` symbols, depth <= needle_depth.
  [[nodiscard]] WEND_HD std::uint64_t prefix_bits(std::uint32_t depth) const {
    const std::uint32_t bits = depth * symbol_bits;
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }
};

/// Members that share an automaton: probability table[(context * A + c) * stride + i], and context
/// next[context * A + c] after it. The root is in context 0.
struct TableMembersView {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t count;
  std::uint64_t stride;
  const std::uint32_t* next;
  const double* table;
  static constexpr bool kHasState = false;

  template <class Lanes>
  struct Child {
    const double* row;
    static constexpr bool kFewValues = false;
    WEND_HD typename Lanes::F64 at(std::uint64_t position, const std::uint32_t*) const {
      return Lanes::load(row + position);
    }
  };
  template <class Lanes>
  [[nodiscard]] WEND_HD Child<Lanes> child(const ClassNode& node, std::uint32_t symbol) const {
    return {table + (static_cast<std::uint64_t>(node.context) * alphabet + symbol) * stride};
  }
  [[nodiscard]] WEND_HD static bool even(const ClassNode&) { return false; }
  [[nodiscard]] WEND_HD ClassNode descend(ClassNode node, std::uint32_t symbol) const {
    return {node.depth + 1, next[static_cast<std::uint64_t>(node.context) * alphabet + symbol], 0};
  }
};

/// Members with automata of their own, pooled in one table of rows: in row r symbol c has
/// probability table[r * A + c] and leads to row next[r * A + c]. Position i starts in row
/// start[i]; what has no mass leads to row 0, which leads to itself, with probabilities 0.
struct PoolMembersView {
  std::uint32_t alphabet;
  std::uint32_t horizon;
  std::uint32_t count;
  const std::uint32_t* start;
  const std::uint32_t* next;
  const double* table;
  static constexpr bool kHasState = true;

  template <class Lanes>
  struct Child {
    const double* table;
    std::uint32_t alphabet;
    std::uint32_t symbol;
    static constexpr bool kFewValues = false;
    /// `state`: the rows in which this position and the ones after it stand.
    WEND_HD typename Lanes::F64 at(std::uint64_t, const std::uint32_t* state) const {
      return Lanes::gather(table, state, alphabet, symbol);
    }
  };
  template <class Lanes>
  [[nodiscard]] WEND_HD Child<Lanes> child(const ClassNode&, std::uint32_t symbol) const {
    return {table, alphabet, symbol};
  }
  [[nodiscard]] WEND_HD static bool even(const ClassNode&) { return false; }
  [[nodiscard]] WEND_HD ClassNode descend(ClassNode node, std::uint32_t) const {
    return {node.depth + 1, 0, 0};
  }
  [[nodiscard]] WEND_HD std::uint32_t next_state(std::uint32_t state, std::uint32_t symbol) const {
    return next[static_cast<std::uint64_t>(state) * alphabet + symbol];
  }
};

}  // namespace wend::kernels
