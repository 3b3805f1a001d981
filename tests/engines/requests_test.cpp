// Which of the chains that wait ask for a row, and which share another one's.
#include "host/engines/lockstep/requests.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace wend {
namespace {

using Prefix = std::vector<std::uint32_t>;

/// Chains that wait at `prefixes`, all of which have their rows asked for.
void expect_each_asked_once(Requests& requests, const std::vector<Prefix>& prefixes,
                            std::uint64_t hashes) {
  std::vector<WaitingChain> waiting;
  std::vector<Requests::Wanted> rows;
  std::map<Prefix, std::uint64_t> hash_of;
  for (const Prefix& prefix : prefixes) {
    const auto place = static_cast<std::uint32_t>(waiting.size());
    const std::uint64_t hash = hash_of.emplace(prefix, hash_of.size() % hashes).first->second;
    waiting.push_back({place, static_cast<std::uint32_t>(prefix.size()),
                       prefix.empty() ? 0 : prefix.back(), 0, false, prefix.data()});
    rows.push_back({place, hash});
  }
  std::vector<std::uint32_t> nodes;
  std::map<Prefix, std::uint32_t> request_of;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sharers;
  for (std::uint32_t place = 0; place < prefixes.size(); ++place) {
    const auto [found, is_new] =
        request_of.emplace(prefixes[place], static_cast<std::uint32_t>(nodes.size()));
    if (is_new)
      nodes.push_back(place);
    else
      sharers.emplace_back(place, found->second);
  }
  requests.clear();
  requests.add(waiting, rows);
  EXPECT_EQ(std::vector(requests.nodes().begin(), requests.nodes().end()), nodes);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
  for (const auto& [place, request] : requests.sharers()) found.emplace_back(place, request);
  EXPECT_EQ(found, sharers);
}

// Rounds of one and the same object; hashes that many prefixes have, few, and none but one.
TEST(Requests, AskForEachNodeOnceWhateverItsHash) {
  std::mt19937_64 random(3);
  for (const std::uint64_t hashes : {1ULL, 2ULL, 50ULL, 1ULL << 40U}) {
    Requests requests(100);
    for (const std::size_t chains : {100U, 1U, 40U, 0U, 100U}) {
      std::vector<Prefix> prefixes(chains);
      for (Prefix& prefix : prefixes)
        for (std::uint64_t depth = random() % 6; depth > 0; --depth)
          prefix.push_back(static_cast<std::uint32_t>(random() % 2));
      expect_each_asked_once(requests, prefixes, hashes);
    }
  }
}

}  // namespace
}  // namespace wend
