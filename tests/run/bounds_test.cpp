#include "wend/bounds.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

// Values worked out by hand from K = ceil( ln(1/delta) / -ln(1 - 1/T) ).
TEST(Bounds, ProvenVisitsFollowTheFormula) {
  EXPECT_EQ(proven_visits(15.0, 0.01), 67U);       // 4.60517 / 0.0689929 = 66.75
  EXPECT_EQ(proven_visits(2.0, 0.01), 7U);         // 4.60517 / 0.693147 = 6.64
  EXPECT_EQ(proven_visits(299.5, 0.05), 896U);     // 2.995732 / 0.003344482 = 895.72
  EXPECT_EQ(proven_visits(3611.0, 0.01), 16627U);  // 4.60517 / 0.000276971 = 16626.9
  EXPECT_EQ(proven_visits(1.0, 1e-300), 1U);       // the first visit has forgotten all
}

TEST(Bounds, RelaxationAddsUpDepths) {
  EXPECT_DOUBLE_EQ(relaxation_bound(2.0, 8), 15.0);
  EXPECT_DOUBLE_EQ(relaxation_bound(1.5, 1), 1.0);  // leaves alone are exact
  EXPECT_DOUBLE_EQ(relaxation_bound(std::array{0.5, 3.0, 1.0}), 4.5);
  EXPECT_DOUBLE_EQ(relaxation_bound(std::array{0.25, 0.25}), 1.0);  // a visit is the least
}

// By hand, with d = delta/2: N = ceil( 2 kappa^2 / d * ln( (log2 members + 1) / d ) ).
TEST(Bounds, PathsToCertifyFollowTheFormula) {
  EXPECT_EQ(paths_to_certify(1.0, 1, 0.01), 2120U);       // 400 * ln 200 = 2119.33
  EXPECT_EQ(paths_to_certify(1.2, 32, 0.1), 276U);        // 57.6 * ln 120 = 275.76
  EXPECT_EQ(paths_to_certify(2.0, 65536, 0.01), 13011U);  // 1600 * ln 3400 = 13010.5
  EXPECT_EQ(elimination_queries_bound(2, 8, 32, 276), 2.0 * 8 * 276 * 6);
  EXPECT_EQ(elimination_queries_bound(3, 5, 1, 100), 1500.0);
}

TEST(Bounds, RefusesToCertifyWithArgumentsOutOfRange) {
  const auto kind = [](double kappa, std::uint64_t members, double delta) {
    try {
      paths_to_certify(kappa, members, delta);
    } catch (const Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << kappa << " " << members << " " << delta;
    return ErrorKind::kRuntime;
  };
  for (const double kappa : {0.999, kNan, kInfinity, 1e200, 1e9})
    EXPECT_EQ(kind(kappa, 2, 0.01), ErrorKind::kUsage);
  for (const double delta : {0.0, 1.0, kNan, 1e-320})
    EXPECT_EQ(kind(1.0, 2, delta), ErrorKind::kUsage);
  EXPECT_EQ(kind(1.0, 0, 0.01), ErrorKind::kUsage);
}

TEST(Bounds, VisitsGrowWithEachArgument) {
  EXPECT_LT(proven_visits(relaxation_bound(1.0, 32), 0.01),
            proven_visits(relaxation_bound(1.1, 32), 0.01));
  EXPECT_LT(proven_visits(relaxation_bound(1.1, 32), 0.01),
            proven_visits(relaxation_bound(1.1, 33), 0.01));
  EXPECT_LT(proven_visits(32, 0.01), proven_visits(32, 0.009));
}

template <class Call>
void expect_usage_error(const Call& call, const char* word) {
  try {
    call();
    FAIL() << "accepted: " << word;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(Bounds, RefusesArgumentsOutOfRange) {
  for (const double kappa : {0.999, 0.0, -2.0, kNan, kInfinity})
    expect_usage_error([&] { relaxation_bound(kappa, 8); }, "kappa");
  expect_usage_error([] { relaxation_bound(2.0, 0); }, "horizon");
  expect_usage_error([] { relaxation_bound(std::span<const double>()); }, "horizon");
  for (const double kappa : {0.0, -1.0, kNan})
    expect_usage_error([&] { relaxation_bound(std::array{1.0, kappa}); }, "kappa");
  for (const double delta : {0.0, 1.0, -0.1, 2.0, kNan, kInfinity})
    expect_usage_error([&] { proven_visits(8.0, delta); }, "delta");
  for (const double relaxation : {0.999, -1.0, kNan})
    expect_usage_error([&] { proven_visits(relaxation, 0.01); }, "relaxation");
}

TEST(Bounds, RefusesMoreVisitsThanACountdownHolds) {
  EXPECT_GT(proven_visits(9e8, 0.01), 4000000000U);
  expect_usage_error([] { proven_visits(1e9, 0.01); }, "leaf visits");
  expect_usage_error([] { proven_visits(kInfinity, 0.01); }, "leaf visits");
  EXPECT_GT(proven_visits(2.0, std::numeric_limits<double>::denorm_min()), 1000U);
}

// By hand, in units of 2^-31, for A = 2: at depth h = 0 6 k1 (0 + k1) + 4 (1 + k1 k2), and so on.
TEST(Bounds, RoundingAddsUpDepths) {
  EXPECT_DOUBLE_EQ(rounding_distance(std::array{1.0}, 2), std::ldexp(6 + 4, -31));
  EXPECT_DOUBLE_EQ(rounding_distance(std::array{3.0, 1.0}, 2),
                   std::ldexp((6 * 9 + 4 * 4) + (6 * 4 + 4 * (1 + 3)), -31));
  EXPECT_LT(rounding_distance(std::vector<double>(256, 2.0), 2), 1e-5);
  // Mass over estimate 3, 1; estimate over mass 5, 1.
  EXPECT_DOUBLE_EQ(rounding_distance(std::array{3.0, 1.0}, std::array{5.0, 1.0}, 2),
                   std::ldexp((6 * 15 + 4 * (1 + 3)) + (6 * 6 + 4 * (1 + 3)), -31));
}

}  // namespace
}  // namespace wend
