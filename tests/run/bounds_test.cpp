#include "wend/bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "wend/error.hpp"

namespace wend {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

// Values worked out by hand from K = 1 + ceil( 2 kappa H ( ln(kappa H)/2 + ln(1/(2 delta)) ) ).
TEST(Bounds, ProvenVisitsFollowTheFormula) {
  EXPECT_EQ(proven_visits(1.0, 1, 0.5), 1U);        // 2 * (0 + 0)
  EXPECT_EQ(proven_visits(2.0, 8, 0.01), 171U);     // 32 * (1.38629 + 3.91202) = 169.55
  EXPECT_EQ(proven_visits(1.0, 16, 0.01), 171U);    // the same product kappa H
  EXPECT_EQ(proven_visits(1.5, 200, 0.05), 3094U);  // 600 * (2.85189 + 2.30259) = 3092.68
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

TEST(Bounds, RelaxationStandsInForTheProvenOne) {
  EXPECT_EQ(visits_from_relaxation(32.0, 2.0, 8, 0.01), proven_visits(2.0, 8, 0.01));
  EXPECT_EQ(visits_from_relaxation(1.0, 2.0, 8, 0.01), 7U);  // 1 + ceil(5.298)
  EXPECT_EQ(visits_from_relaxation(0.0, 2.0, 8, 0.01), 1U);
}

TEST(Bounds, TheFirstVisitIsEnoughWhereAnyLawIsWithinDelta) {
  EXPECT_EQ(proven_visits(1.0, 1, 0.75), 1U);
}

TEST(Bounds, VisitsGrowWithEachArgument) {
  EXPECT_LT(proven_visits(1.0, 32, 0.01), proven_visits(1.1, 32, 0.01));
  EXPECT_LT(proven_visits(1.1, 32, 0.01), proven_visits(1.1, 33, 0.01));
  EXPECT_LT(proven_visits(1.1, 32, 0.01), proven_visits(1.1, 32, 0.009));
}

void expect_usage_error(double kappa, std::uint32_t horizon, double delta, const char* word) {
  try {
    proven_visits(kappa, horizon, delta);
    FAIL() << "accepted kappa " << kappa << ", horizon " << horizon << ", delta " << delta;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(Bounds, RefusesArgumentsOutOfRange) {
  for (const double kappa : {0.999, 0.0, -2.0, kNan, kInfinity})
    expect_usage_error(kappa, 8, 0.01, "kappa");
  expect_usage_error(2.0, 0, 0.01, "horizon");
  for (const double delta : {0.0, 1.0, -0.1, 2.0, kNan, kInfinity})
    expect_usage_error(2.0, 8, delta, "delta");
  for (const double relaxation : {-1.0, kNan})
    EXPECT_THROW(visits_from_relaxation(relaxation, 2.0, 8, 0.01), Error);
}

TEST(Bounds, RefusesMoreVisitsThanACountdownHolds) {
  EXPECT_GT(proven_visits(1000.0, 65535, 0.01), 1000000000U);
  expect_usage_error(10000.0, 65535, 0.01, "leaf visits");
  expect_usage_error(std::numeric_limits<double>::max(), 65535, 0.01, "leaf visits");
  EXPECT_GT(proven_visits(1.0, 1, std::numeric_limits<double>::denorm_min()), 1000U);
  EXPECT_THROW(visits_from_relaxation(kInfinity, 2.0, 8, 0.01), Error);
}

TEST(Bounds, StepsAVisitAndRounding) {
  EXPECT_DOUBLE_EQ(steps_per_visit_bound(1.5, 100), 300.0);
  EXPECT_DOUBLE_EQ(rounding_distance(1.0, 2, 1 << 20), 0.03125);  // 64 * 2 * 2^20 / 2^32
  EXPECT_DOUBLE_EQ(rounding_distance(2.0, 2, 1 << 20), 0.125);
  EXPECT_THROW(rounding_distance(0.5, 2, 8), Error);
}

}  // namespace
}  // namespace wend
