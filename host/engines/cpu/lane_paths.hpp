#pragma once

#include <cstdint>

#include "kernels/walk/rows.hpp"
#include "kernels/walk/walk.hpp"

namespace wend {

/// The paths of one vector of chains over a view whose chains keep their path (StateView). A step
/// is taken in two halves, some time apart: what the second loads has then been written long enough
/// ago to be in the cache, which makes scalar loads and stores faster than gather and scatter.
template <class Lanes, class View>
class LanePaths {
 public:
  using U32 = typename Lanes::U32;
  using Cursor = typename View::template Cursor<Lanes>;

  /// Where lane `lane` stands on its path; after the lane was loaded.
  void place(const Cursor& cursor, std::uint32_t lane) {
    offset_[lane] = Lanes::get(cursor.depth, lane) * cursor.path_stride;
  }
  /// Where all lanes stand; after each step.
  void place(const Cursor& cursor) { store_lanes(offset_, cursor.depth * cursor.path_stride); }

  /// Writes the path words of the nodes where the lanes stand. depart() does so for the last step;
  /// whoever reads paths before that must.
  void write_back(const Cursor& cursor) const {
    for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
      cursor.path[offset_[lane] + lane] = Lanes::get(cursor.word, lane);
  }

  /// First half of a step: all but the next path word.
  template <kernels::Walk kWalk>
  void depart(const View& view, const Cursor& cursor, const kernels::Outcome<Lanes>& outcome) {
    write_back(cursor);
    const auto hop = view.template depart<kWalk, Lanes>(cursor, outcome);
    const U32 on_path = hop.depth * cursor.path_stride + Lanes::iota();
    store_sources(sources_, hop.up, cursor.path, view.next, select(hop.up, on_path, hop.child));
    up_ = hop.up;
    depth_ = hop.depth;
    layer_end_ = select(hop.up, Lanes::splat(0), hop.layer_end);
  }

  template <kernels::Walk kWalk>
  kernels::Move<Lanes> arrive(const View& view, Cursor& cursor) const {
    U32 word;
    load_sources(sources_, word);
    return view.template arrive<kWalk, Lanes>(cursor, up_, depth_, word + layer_end_);
  }

 private:
  alignas(64) const std::uint32_t* sources_[Lanes::kWidth];  ///< where the next path words are
  alignas(64) std::uint32_t offset_[Lanes::kWidth];          ///< of the last ones, less the lane
  U32 depth_;
  U32 layer_end_;
  typename Lanes::Mask up_;
};

/// For views whose chains have no path that the driver must keep.
struct NoLanePaths {};

}  // namespace wend
