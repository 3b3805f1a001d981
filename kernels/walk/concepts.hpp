#pragma once

#include <concepts>
#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/walk/chain_arrays.hpp"
#include "kernels/walk/rows.hpp"
#include "kernels/walk/walk.hpp"

namespace wend::kernels {

/// A format of the rows in which a view's laws lie. `entry` and `decide` are the halves of `pick`,
/// since wide lanes load entries by themselves, long before they decide.
template <class Rows>
concept SomeRows = requires(const Rows& rows, const std::uint32_t (&entry)[Rows::kWords],
                            std::uint32_t row, std::uint32_t draw) {
  // A tree finds parents and children by shifts where A is known; 0: it is not.
  { Rows::kAlphabet } -> std::convertible_to<std::uint32_t>;
  // Entries that do not need it are located before there is a draw.
  { Rows::kEntryNeedsDraw } -> std::convertible_to<bool>;
  // What the entries are counted from: a pointer, or a table part of which is elsewhere.
  rows.words;
  { rows.template entry<ScalarLanes>(row, draw) } -> std::same_as<std::uint32_t>;
  { rows.template decide<ScalarLanes>(entry, draw) } -> std::same_as<Outcome<ScalarLanes>>;
  { rows.template pick<ScalarLanes>(row, draw) } -> std::same_as<Outcome<ScalarLanes>>;
};

/// What advance_chain asks of the oracle that it walks over: where a chain is, what a draw makes of
/// it, what a sample is.
template <class View>
concept SomeView = requires(const View& view, const ChainArrays& chains, std::uint64_t chain,
                            typename View::template Cursor<ScalarLanes>& cursor, std::uint32_t draw,
                            std::uint32_t* record) {
  // Words that a chain's path and a sample's record have room for.
  { view.path_words() } -> std::same_as<std::uint32_t>;
  { view.record_words() } -> std::same_as<std::uint32_t>;
  // A launch takes the chain into registers and puts it back.
  { view.load(chains, chain) } -> std::same_as<typename View::template Cursor<ScalarLanes>>;
  view.store(cursor, chains, chain);
  view.record(cursor, record);
  // One step a draw, whatever the walk.
  {
    view.template step<Walk::kJerrumSinclair, ScalarLanes>(cursor, draw)
    } -> std::same_as<Move<ScalarLanes>>;
  {
    view.template step<Walk::kLifted, ScalarLanes>(cursor, draw)
    } -> std::same_as<Move<ScalarLanes>>;
  {
    view.template step<Walk::kSequential, ScalarLanes>(cursor, draw)
    } -> std::same_as<Move<ScalarLanes>>;
};

}  // namespace wend::kernels
