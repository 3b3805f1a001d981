#include "host/engines/tours.hpp"

#include <algorithm>

namespace wend {
namespace {

constexpr std::uint64_t kLeastRoom = 64;  // tours and visits, to begin with

void grow(std::vector<std::uint32_t>& words, std::uint64_t used, std::uint64_t element) {
  if (used < words.size()) return;
  words.resize(std::max(kLeastRoom * element, 2 * words.size()));
}

}  // namespace

std::uint64_t TourEngine::unfinished() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(progress(), [](const auto& tour) { return tour.depth != 0; }));
}

kernels::TourLimits tour_limits(const TourRequest& request, const kernels::TourState& tour,
                                std::uint64_t seed, std::uint32_t purpose) {
  constexpr std::uint64_t kNoLimit = TourRequest::kNoLimit;
  const std::uint64_t goal =
      tour.tours > kNoLimit - request.tours ? kNoLimit : tour.tours + request.tours;
  return {seed, 0, purpose, goal, request.expansions, request.steps};
}

kernels::TourRoom make_room(ChainTours& found, std::uint64_t tours, std::uint64_t leaves,
                            std::uint64_t record_words) {
  grow(found.visits, tours, 1);
  kernels::TourRoom room{found.visits.data() + tours, found.visits.size() - tours, nullptr, 0};
  if (record_words == 0) return room;
  grow(found.records, leaves * record_words, record_words);
  room.records = found.records.data() + leaves * record_words;
  room.leaf_room = found.records.size() / record_words - leaves;
  return room;
}

void trim(ChainTours& found, std::uint64_t tours, std::uint64_t leaves, std::uint64_t record_words,
          const kernels::TourState& tour) {
  found.visits.resize(tours);
  found.records.resize(leaves == 0 ? 0 : (leaves - tour.visits) * record_words);
}

}  // namespace wend
