#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "kernels/elimination/members.hpp"
#include "kernels/lanes/scalar.hpp"

namespace wend::kernels {

/// The threads that own a path together. All of them call its functions, in the same order, and all
/// get the result.
template <class Group>
concept SomeGroup = requires(const Group& group, double real, std::uint32_t count,
                             std::uint64_t* word, std::uint64_t bits) {
  // Which share of every word of members is this thread's.
  { Group::kSize } -> std::convertible_to<std::uint32_t>;
  { group.rank() } -> std::same_as<std::uint32_t>;
  // Steps down that the masses may be behind: one thread takes several in a pass over memory.
  { Group::kPending } -> std::convertible_to<std::uint32_t>;
  group.sync();
  // Reductions whose order is fixed: every group gets the same bits.
  { group.sum(real) } -> std::same_as<double>;
  { group.maximum(real) } -> std::same_as<double>;
  { group.sum(count) } -> std::same_as<std::uint32_t>;
  { group.minimum(count) } -> std::same_as<std::uint32_t>;
  // This thread's bits of a word of survivors.
  { group.load_word(word) } -> std::same_as<std::uint64_t>;
  group.store_word(word, bits);
  { Group::population(bits) } -> std::same_as<std::uint32_t>;
  { Group::lowest(bits) } -> std::same_as<std::uint32_t>;
};

/// Who answers along a path, by masses on the path's scale.
template <class Oracle>
concept SomeOracle = requires(Oracle& oracle, const ClassNode& node, std::uint32_t symbol,
                              double scale, int exponent) {
  // Paths begin at the root, and go down with the walk.
  oracle.begin();
  oracle.descend(node, symbol, scale, exponent);
  // Leaves are exact, what is above them an estimate.
  { oracle.interior(node, symbol) } -> std::same_as<double>;
  { oracle.leaf(node, symbol) } -> std::same_as<double>;
  // The oracle's own count, which the walk's must agree with.
  { oracle.asked() } -> std::same_as<std::uint64_t>;
};

/// Members whose automata are their own: a state each.
template <class View>
concept HasStates = requires(const View& view, std::uint64_t position, std::uint32_t state) {
  { view.start[position] } -> std::convertible_to<std::uint32_t>;
  { view.next_state(state, state) } -> std::same_as<std::uint32_t>;
};

/// Members whose probabilities of a child are a few numbers.
template <class View>
concept HasFewValues = requires(const View& view, const ClassNode& node, std::uint32_t symbol,
                                ScalarF64::F64 scale) {
  {
    view.template child<ScalarF64>(node, symbol).scaled(scale).at(0, nullptr)
    } -> std::same_as<double>;
  { view.least_probability(node, symbol) } -> std::same_as<double>;
};

/// The conditional probabilities of a class's members, all of them at once.
template <class View>
concept SomeMembersView =
    // A kernel is given its view by value.
    std::is_trivially_copyable_v<View> &&
    requires(const View& view, const ClassNode& node, std::uint32_t symbol, std::uint64_t position,
             const std::uint32_t* state) {
  { view.alphabet } -> std::convertible_to<std::uint32_t>;
  { view.horizon } -> std::convertible_to<std::uint32_t>;
  { view.count } -> std::convertible_to<std::uint32_t>;
  // What is the same for all members is looked up once a child, not once a member.
  { view.template child<ScalarF64>(node, symbol).at(position, state) } -> std::same_as<double>;
  { view.descend(node, symbol) } -> std::same_as<ClassNode>;
  { view.even(node) } -> std::same_as<bool>;
} &&(!View::kHasState || HasStates<View>)&&(!View::template Child<ScalarF64>::kFewValues ||
                                            HasFewValues<View>);

}  // namespace wend::kernels
