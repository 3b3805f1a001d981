// What visits_from_tours() says of samples of a known law of tours.
#include "host/run/tour_tail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace wend {
namespace {

constexpr double kDelta = 0.01;
constexpr double kAlpha = 1e-3;

/// Leaf visits of a tour: with probability `rare` geometric with rate `slow`, else with rate
/// `fast`, P(N > n) = rate^n. A mixture of geometric laws, as all tours are.
struct TourLaw {
  double fast;
  double slow;
  double rare;

  /// E max(0, N - K) / E N.
  [[nodiscard]] double same_tour(double visits) const {
    const auto beyond = [&](double rate, double share) {
      return share * std::pow(rate, visits) / (1 - rate);
    };
    return (beyond(fast, 1 - rare) + beyond(slow, rare)) /
           ((1 - rare) / (1 - fast) + rare / (1 - slow));
  }
  [[nodiscard]] double relaxation() const { return 1 / (1 - std::max(fast, slow)); }

  [[nodiscard]] std::vector<std::uint32_t> draw(std::uint64_t tours, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::vector<std::uint32_t> visits(tours);
    for (std::uint32_t& n : visits) {
      const double rate = uniform(random) < rare ? slow : fast;
      n = 1;
      while (uniform(random) < rate) ++n;
    }
    std::ranges::sort(visits);
    return visits;
  }
};

const std::vector<TourLaw> kLaws = {
    {0.0, 0.0, 0.0}, {0.5, 0.5, 0.0}, {0.2, 0.99, 0.01}, {0.6, 0.999, 1e-4}, {0.9, 0.95, 0.3}};

// 500 samples of every law: each exceeds delta with a probability of at most 1e-3, so that 6 or
// more of 500 do with a probability below 1e-4 a law.
TEST(TourTail, ClaimsAreNotExceeded) {
  for (const TourLaw& law : kLaws) {
    int exceeded = 0;
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      const auto visits = law.draw(seed % 2 == 0 ? 300 : 3000, seed);
      const auto found = visits_from_tours({visits}, law.relaxation(), kDelta, kAlpha);
      ASSERT_TRUE(found.has_value());
      exceeded += law.same_tour(found->visits) > kDelta * (1 + 1e-9) ? 1 : 0;
    }
    EXPECT_LE(exceeded, 5);
  }
}

// A hundred thousand tours are enough to see what the law is.
TEST(TourTail, ClaimsAreSharp) {
  for (const TourLaw& law : kLaws) {
    const auto visits = law.draw(100'000, 1);
    const auto found = visits_from_tours({visits}, law.relaxation(), kDelta, kAlpha);
    ASSERT_TRUE(found.has_value());
    double least = 1;
    while (law.same_tour(least) > kDelta) ++least;
    EXPECT_LE(found->visits, 2.2 * least + 2);
    EXPECT_GE(found->visits, least);
  }
}

// The control: who believes that nothing is longer than what was seen is fooled by what is rare.
TEST(TourTail, RareLongToursAreFeltThroughTheBound) {
  const TourLaw law{0.6, 0.999, 1e-4};
  int fooled = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto visits = law.draw(300, seed);
    if (visits.back() > 100) continue;  // a long one among them
    EXPECT_FALSE(visits_from_tours({visits}, law.relaxation(), kDelta, kAlpha)->resolved);
    const double blind = visits_from_tours({visits}, 2.5, kDelta, kAlpha)->visits;
    fooled += law.same_tour(blind) > kDelta ? 1 : 0;
  }
  EXPECT_GT(fooled, 90);
}

TEST(TourTail, UnfinishedToursCountAsLong) {
  const std::vector<std::uint32_t> visits(10'000, 1);
  const auto all = visits_from_tours({visits}, 10, kDelta, kAlpha);
  const auto some = visits_from_tours({visits, 500}, 10, kDelta, kAlpha);
  EXPECT_LT(all->visits, some->visits);
  EXPECT_GE(some->visits, 10);
  EXPECT_FALSE(some->resolved);
}

TEST(TourTail, NothingSaysNothing) {
  EXPECT_FALSE(visits_from_tours({}, 10, kDelta, kAlpha).has_value());
  const std::vector<std::uint32_t> dead(1000, 0);  // tours into dead ends alone
  EXPECT_FALSE(visits_from_tours({dead}, 10, kDelta, kAlpha).has_value());
}

TEST(TourTail, FirstVisitWhereEveryTourHasOne) {
  const std::vector<std::uint32_t> visits(100'000, 1);
  EXPECT_EQ(visits_from_tours({visits}, 1, kDelta, kAlpha)->visits, 1);
  EXPECT_EQ(visits_from_tours({visits}, 5, kDelta, kAlpha)->visits, 1);
}

}  // namespace
}  // namespace wend
