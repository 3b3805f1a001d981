#pragma once

#include <cstdint>

#include "kernels/lanes/scalar.hpp"
#include "kernels/random/philox_lanes.hpp"

// Bodies of the references for any lane width; included where that width's code is compiled.
namespace wend::bench {

template <class Lanes>
std::uint32_t fold(const typename Lanes::U32& words) {
  std::uint32_t folded = 0;
  for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane) folded ^= Lanes::get(words, lane);
  return folded;
}

/// Vectors are drawn together as the walks do.
template <class Lanes>
std::uint32_t philox_lanes(std::uint64_t seed, std::uint32_t chains, std::uint32_t groups) {
  using Draws = kernels::PhiloxLanes<Lanes>;
  using U32 = typename Lanes::U32;
  constexpr std::uint32_t kVectors = 16;
  constexpr std::uint32_t kTogether = Lanes::kWidth == 16 ? 2 : 1;
  static Draws draws[kVectors];
  const std::uint32_t vectors =
      chains / Lanes::kWidth < kVectors ? chains / Lanes::kWidth : kVectors;
  for (std::uint32_t v = 0; v < vectors; ++v)
    for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
      draws[v].set(lane, 0, v * Lanes::kWidth + lane, 0);
  const auto keys = Draws::make_keys(seed);
  U32 sum = Lanes::splat(0);
  for (std::uint32_t group = 0; group < groups; ++group)
    for (std::uint32_t v = 0; v + kTogether <= vectors; v += kTogether) {
      U32 words[kTogether][4];
      if constexpr (kTogether == 2) {
        Draws::template draw<2>(keys, {&draws[v], &draws[v + 1]}, words);
      } else {
        Draws::template draw<1>(keys, {&draws[v]}, words);
      }
      for (std::uint32_t i = 0; i < kTogether; ++i)
        for (std::uint32_t word = 0; word < 4; ++word) sum = sum + words[i][word];
    }
  return fold<Lanes>(sum);
}

/// Places are drawn by a multiplicative generator, which costs next to nothing, and lie in memory
/// for kAhead vectors before they are used, like a walk's.
template <class Lanes>
std::uint32_t gather_lanes(const std::uint32_t* words, std::uint32_t pairs, std::uint64_t vectors,
                           bool prefetch) {
  using U32 = typename Lanes::U32;
  constexpr std::uint32_t kAhead = 8;
  constexpr std::uint32_t kRing = 16;
  alignas(64) static std::uint32_t places[kRing][Lanes::kWidth];
  U32 state = Lanes::iota() * 0x9E3779B9U + Lanes::splat(1);
  U32 sum = Lanes::splat(0);
  for (std::uint64_t v = 0; v < vectors + kAhead; ++v) {
    state = state * 747796405U + Lanes::splat(2891336453U);
    store_lanes(places[v % kRing], multiply_high(state, Lanes::splat(pairs)));
    if (prefetch && v > 0)
      for (std::uint32_t lane = 0; lane < Lanes::kWidth; ++lane)
        __builtin_prefetch(words + 2 * static_cast<std::uint64_t>(places[(v - 1) % kRing][lane]));
    if (v < kAhead) continue;
    U32 pair[2];
    gather_entries(words, places[(v - kAhead) % kRing], pair);
    sum = sum + pair[0] + pair[1];
  }
  return fold<Lanes>(sum);
}

}  // namespace wend::bench
