#pragma once

#include <concepts>
#include <cstdint>

#include "kernels/lanes/scalar.hpp"

// What a set of lanes must have. Each set says in its own header that it has it: a name that is
// missing then shows there, not deep in a walk.
namespace wend::kernels {

/// Lanes of 32 bits, over which the transitions are written. Functions of a value or a mask are
/// found by their arguments, so that a view calls one name for every width.
template <class Lanes>
concept SomeLanes = requires(typename Lanes::U32 value, typename Lanes::U32 other,
                             typename Lanes::Mask mask, std::uint32_t number) {
  // How many chains step together; 1: a CUDA thread, which has no vectors.
  { Lanes::kWidth } -> std::convertible_to<std::uint32_t>;
  // In and out, for all lanes, for masks and for one lane.
  { Lanes::splat(number) } -> std::same_as<typename Lanes::U32>;
  { Lanes::iota() } -> std::same_as<typename Lanes::U32>;
  { Lanes::one_where(mask) } -> std::same_as<typename Lanes::U32>;
  { Lanes::bits(mask) } -> std::same_as<std::uint32_t>;
  { Lanes::any(mask) } -> std::same_as<bool>;
  { Lanes::get(value, number) } -> std::same_as<std::uint32_t>;
  Lanes::set(value, number, number);
  // Numbers of nodes, rows and entries are computed modulo 2^32.
  { (value + other) } -> std::same_as<typename Lanes::U32>;
  { (value - other) } -> std::same_as<typename Lanes::U32>;
  { (value * other) } -> std::same_as<typename Lanes::U32>;
  { (value & other) } -> std::same_as<typename Lanes::U32>;
  { (value | other) } -> std::same_as<typename Lanes::U32>;
  { value << number } -> std::same_as<typename Lanes::U32>;
  { value >> number } -> std::same_as<typename Lanes::U32>;
  { multiply_high(value, value) } -> std::same_as<typename Lanes::U32>;
  { min_u32(value, value) } -> std::same_as<typename Lanes::U32>;
  // Branches are selections: lanes go different ways.
  { less(value, value) } -> std::same_as<typename Lanes::Mask>;
  { at_least(value, value) } -> std::same_as<typename Lanes::Mask>;
  { equal(value, value) } -> std::same_as<typename Lanes::Mask>;
  { mask_or(mask, mask) } -> std::same_as<typename Lanes::Mask>;
  { mask_and(mask, mask) } -> std::same_as<typename Lanes::Mask>;
  { mask_and_not(mask, mask) } -> std::same_as<typename Lanes::Mask>;
  { neither(mask, mask) } -> std::same_as<typename Lanes::Mask>;
  { select(mask, value, value) } -> std::same_as<typename Lanes::U32>;
  // Counting is what every step ends with.
  { add_mask(value, mask) } -> std::same_as<typename Lanes::U32>;
  { subtract_mask(value, mask) } -> std::same_as<typename Lanes::U32>;
  { zero_where(mask, value) } -> std::same_as<typename Lanes::Mask>;
};

/// Lanes of doubles, over which the masses of a class's members are computed.
template <class Lanes>
concept SomeF64Lanes = requires(typename Lanes::F64 value, typename Lanes::Mask mask,
                                double* masses, const std::uint64_t* words,
                                const std::uint32_t* states, std::uint64_t pattern,
                                std::uint32_t number) {
  // How many members are computed at once.
  { Lanes::kWidth } -> std::convertible_to<std::uint32_t>;
  { Lanes::splat(1.0) } -> std::same_as<typename Lanes::F64>;
  { Lanes::load(masses) } -> std::same_as<typename Lanes::F64>;
  Lanes::store(masses, value);
  // Only what IEEE 754 rounds in one way: the bits are the same at every width.
  { Lanes::add(value, value) } -> std::same_as<typename Lanes::F64>;
  { Lanes::multiply(value, value) } -> std::same_as<typename Lanes::F64>;
  { Lanes::maximum_where(mask, value, value) } -> std::same_as<typename Lanes::F64>;
  { Lanes::select(mask, value, value) } -> std::same_as<typename Lanes::F64>;
  { Lanes::flush_below(value, value) } -> std::same_as<typename Lanes::F64>;
  // Survivors are bits, a word of them for 64 members.
  { Lanes::within(value, value, value) } -> std::same_as<typename Lanes::Mask>;
  { Lanes::bits(mask) } -> std::same_as<std::uint32_t>;
  { Lanes::from_bits(number) } -> std::same_as<typename Lanes::Mask>;
  // The members' tables: sign bits, needles, rows of a pool.
  { Lanes::any_bit(words, pattern) } -> std::same_as<typename Lanes::Mask>;
  { Lanes::same_bits(words, pattern, pattern) } -> std::same_as<typename Lanes::Mask>;
  { Lanes::gather(masses, states, number, number) } -> std::same_as<typename Lanes::F64>;
};

static_assert(SomeLanes<ScalarLanes>);
static_assert(SomeF64Lanes<ScalarF64>);

}  // namespace wend::kernels
