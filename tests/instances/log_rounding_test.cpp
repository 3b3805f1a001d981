// Masses too large for double, or nearly: the law of the leaves over rows as they are compiled
// against the target in a hundred digits, and what is claimed of their distance. Knapsacks with
// values from 1e8 to 1e17, of both signs, where an ulp of a logarithm is what the law hangs on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "host/instances/instance.hpp"
#include "host/oracles/walk_of.hpp"
#include "tests/support/integer_laws.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

using Real = boost::multiprecision::cpp_bin_float_100;

struct Knapsack {
  std::vector<std::uint64_t> weights;
  std::uint64_t capacity = 0;
  std::vector<double> values;
  double temperature = 1;

  [[nodiscard]] std::string text(const std::string& estimate) const {
    std::string w;
    std::string v;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      w += fmt::format("{}{}", i == 0 ? "" : ", ", weights[i]);
      v += fmt::format("{}{:.17g}", i == 0 ? "" : ", ", values[i]);
    }
    return fmt::format(
        R"({{"wend": 1, "kind": "knapsack", "weights": [{}], "capacity": {}, "values": [{}],
             "temperature": {:.17g}, "estimate": {}}})",
        w, capacity, v, temperature, estimate);
  }
};

/// By leaf, the first item's choice most significant.
std::vector<double> target_of(const Knapsack& knapsack) {
  const std::size_t n = knapsack.weights.size();
  std::vector<Real> logs;
  std::vector<bool> fits;
  Real largest;
  bool any = false;
  for (std::uint64_t leaf = 0; leaf < std::uint64_t{1} << n; ++leaf) {
    std::uint64_t weight = 0;
    Real sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if ((leaf >> (n - 1 - i) & 1U) == 0) continue;
      weight += knapsack.weights[i];
      sum += Real(knapsack.values[i]) / Real(knapsack.temperature);
    }
    logs.push_back(sum);
    fits.push_back(weight <= knapsack.capacity);
    if (!fits.back()) continue;
    if (!any || sum > largest) largest = sum;
    any = true;
  }
  Real total = 0;
  std::vector<Real> masses;
  for (std::size_t leaf = 0; leaf < logs.size(); ++leaf) {
    masses.push_back(fits[leaf] ? Real(exp(logs[leaf] - largest)) : Real(0));
    total += masses.back();
  }
  std::vector<double> law;
  for (const Real& mass : masses) law.push_back(static_cast<double>(Real(mass / total)));
  return law;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / 2;
}

/// A common size of the values, and differences that decide between choices.
Knapsack random_knapsack(std::uint64_t seed) {
  std::mt19937_64 random(seed * 104729);
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  Knapsack knapsack;
  const double size = std::pow(10.0, 8 + 9 * uniform());
  knapsack.temperature = std::vector{1.0, 3.0, 0.1, 7e3}[seed % 4];
  const std::uint64_t n = 4 + random() % 3;
  const bool mixed = seed % 3 == 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    knapsack.weights.push_back(mixed ? 1 + random() % 4 : 1);
    const double sign = mixed && random() % 2 == 0 ? -1 : 1;
    const double difference = knapsack.temperature * (2 * uniform() - 1);
    knapsack.values.push_back(seed % 5 == 0 && i == 0 ? -size : sign * size + difference);
  }
  knapsack.capacity = 2 + random() % 3;
  return knapsack;
}

struct Found {
  double distance = 0;  // the largest
  double claimed = 0;
};

/// Of both walks and the sequential sampler's accepted proposals.
Found compare(const Instance& instance, const std::vector<double>& target) {
  const double rounding = instance.walk_bounds().rounding;
  Found found{.claimed = rounding};
  // A claim of 1 or more, or of what is no number, is none.
  const auto holds = [](double far, double claim) { return !(claim < 1) || far <= claim + 1e-11; };
  for (const Algorithm algorithm : {Algorithm::kJerrumSinclair, Algorithm::kLifted}) {
    const kernels::Walk walk = walk_of(algorithm);
    const double far =
        distance(integer_law(instance.compile(walk, Correction::kReject), walk), target);
    EXPECT_TRUE(holds(far, rounding)) << far << " claimed " << rounding;
    found.distance = std::max(found.distance, far);
  }
  double acceptance = 0;
  const double far = distance(
      accepted_law(instance.compile(kernels::Walk::kSequential, Correction::kReject), acceptance),
      target);
  EXPECT_TRUE(holds(far, rounding / acceptance)) << far << " sequential, claimed " << rounding;
  return found;
}

constexpr const char* kExact = R"({"kind": "exact"})";

TEST(LogRounding, IsCountedInWhateverTheValuesAre) {
  const wend::testing::TemporaryFolder folder;
  std::uint64_t claims = 0;
  std::uint64_t felt = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Knapsack knapsack = random_knapsack(seed);
    const std::vector<double> target = target_of(knapsack);
    for (const std::string estimate :
         {kExact, R"({"kind": "noise", "model": "iid", "kappa": 2, "seed": 4})"}) {
      SCOPED_TRACE(knapsack.text(estimate));
      const auto instance = load_instance(folder.add("i.json", knapsack.text(estimate)));
      const Found found = compare(*instance, target);
      if (!(found.claimed < 1)) continue;
      ++claims;
      felt += found.distance > 1e-6 ? 1 : 0;
    }
  }
  EXPECT_GT(claims, 150U);
  EXPECT_GT(felt, 20U);  // rounding to 2^-32 alone takes some 1e-9
}

// Six equal items, of which three fit: without the count 1.8e-7 for what is 0.005 and 0.12.
TEST(LogRounding, OfEqualValues) {
  const wend::testing::TemporaryFolder folder;
  for (const double value : {1.0, 1e6, 1e10, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, -1e15, 1e300}) {
    SCOPED_TRACE(value);
    const Knapsack knapsack{std::vector<std::uint64_t>(6, 1), 3, std::vector<double>(6, value), 1};
    const auto instance = load_instance(folder.add("i.json", knapsack.text(kExact)));
    const Found found = compare(*instance, target_of(knapsack));
    // Not silly either.
    if (value >= 1e10 && value <= 1e14) {
      EXPECT_LT(found.claimed, 1000 * found.distance);
      EXPECT_LT(found.claimed, 1);
    }
    if (value > 0 && value <= 1e6) {
      EXPECT_LT(found.claimed, 1e-7);
    }
    // What takes an item has no mass, and what it would lose counts for nothing.
    if (value < 0) {
      EXPECT_LT(found.claimed, 1e-7);
    }
  }
}

TEST(LogRounding, OfRoundedKnapsacks) {
  const wend::testing::TemporaryFolder folder;
  std::uint64_t loaded = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Knapsack knapsack = random_knapsack(seed);
    // Between what matters to the law and what is refused.
    const double largest = std::abs(knapsack.values.back()) / knapsack.temperature;
    for (double& value : knapsack.values) value *= 2e8 / largest;
    const std::string text = knapsack.text(R"({"kind": "rounded", "kappa": 4})");
    SCOPED_TRACE(text);
    try {
      const auto instance = load_instance(folder.add("i.json", text));
      ++loaded;
      compare(*instance, target_of(knapsack));
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("values / temperature"), std::string::npos);
    }
  }
  EXPECT_GT(loaded, 20U);
}

// What cannot be said is not said, by any algorithm.
TEST(LogRounding, OfSamplesIsNoGuarantee) {
  const wend::testing::TemporaryFolder folder;
  const Knapsack knapsack{std::vector<std::uint64_t>(6, 1), 3, std::vector<double>(6, 1e15), 1};
  const auto instance = load_instance(folder.add("i.json", knapsack.text(kExact)));
  const std::atomic<bool> stop{false};
  for (const Algorithm algorithm :
       {Algorithm::kJerrumSinclair, Algorithm::kLifted, Algorithm::kSequential}) {
    SampleOptions options;
    options.algorithm = algorithm;
    options.samples = 10;
    options.backend = Backend::kCpu;
    const Guarantee guarantee = sample(*instance, options, nullptr, stop).guarantee;
    EXPECT_EQ(guarantee.kind, GuaranteeKind::kNone) << guarantee.why;
    EXPECT_FALSE(guarantee.tv.has_value());
  }
}

TEST(LogRounding, OfMembersIsRefusedOrCounted) {
  const wend::testing::TemporaryFolder folder;
  const auto load = [&](double value) {
    const Knapsack knapsack{std::vector<std::uint64_t>(6, 1), 3, std::vector<double>(6, value), 1};
    return load_instance(folder.add(
        "c.json", R"({"wend": 1, "kind": "class", "truth": 0, "estimate": {"kind": "exact"},
                      "members": [)" +
                      knapsack.text(kExact) + "]}"));
  };
  try {
    load(1e15);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_NE(std::string(error.what()).find("members[0]"), std::string::npos) << error.what();
  }
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.samples = 10;
  options.backend = Backend::kCpu;
  const std::atomic<bool> stop{false};
  EXPECT_LT(sample(*load(1), options, nullptr, stop).guarantee.tv.value(), 1e-13);
  EXPECT_GT(sample(*load(1e10), options, nullptr, stop).guarantee.tv.value(), 1e-7);
}

}  // namespace
}  // namespace wend::test
