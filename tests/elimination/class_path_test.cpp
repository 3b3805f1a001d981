// One path of class-elimination: what it may and must eliminate, and that it does so alike on every
// backend.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "host/base/simd.hpp"
#include "host/elimination/engine.hpp"
#include "tests/support/class_targets.hpp"

namespace wend::test {
namespace {

using kernels::ClassPath;
using kernels::ClassRound;
using kernels::PathOutcome;
using kernels::PathStatus;

struct RoundResult {
  std::vector<PathOutcome> outcomes;
  std::vector<std::uint32_t> symbols;
  std::vector<std::uint64_t> survivors;
};

std::vector<std::uint64_t> all_alive(std::uint64_t members) {
  std::vector<std::uint64_t> alive(kernels::member_words(members), ~std::uint64_t{0});
  if (members % 64 != 0) alive.back() = (std::uint64_t{1} << (members % 64)) - 1;
  return alive;
}

bool is_alive(const std::vector<std::uint64_t>& words, std::uint64_t member) {
  return (words[member / 64] >> (member % 64) & 1U) != 0;
}

/// `call` paths a call of the engine.
RoundResult run_paths(ClassEngine& engine, const ClassTarget& target, std::uint64_t members,
                      std::uint64_t paths, bool certified, std::size_t call = 1000000) {
  const std::vector<std::uint64_t> alive = all_alive(members);
  const ClassRound round{9,         target.kappa, 2 * target.kappa * target.kappa,
                         certified, alive.data(), alive.data()};
  const std::uint32_t length = horizon(target.members);
  std::vector<ClassPath> asked;
  for (std::uint64_t i = 0; i < paths; ++i) asked.push_back({i % 7, i / 7, ~std::uint64_t{0}});
  RoundResult result{std::vector<PathOutcome>(paths), std::vector<std::uint32_t>(paths * length),
                     alive};
  for (std::size_t begin = 0; begin < paths; begin += call) {
    const std::size_t size = std::min<std::size_t>(call, paths - begin);
    engine.run(round, std::span(asked).subspan(begin, size),
               std::span(result.outcomes).subspan(begin, size),
               std::span(result.symbols).subspan(begin * length, size * length), result.survivors);
  }
  return result;
}

void expect_equal(const RoundResult& a, const RoundResult& b, const std::string& what) {
  EXPECT_EQ(a.symbols, b.symbols) << what;
  EXPECT_EQ(a.survivors, b.survivors) << what;
  for (std::size_t i = 0; i < a.outcomes.size(); ++i) {
    const PathOutcome& x = a.outcomes[i];
    const PathOutcome& y = b.outcomes[i];
    ASSERT_TRUE(x.status == y.status && x.nodes_asked == y.nodes_asked &&
                x.interior_queries == y.interior_queries && x.leaf_queries == y.leaf_queries &&
                x.survivors == y.survivors)
        << what << ", path " << i;
  }
}

const char* const kFamilies[] = {"product", "markov", "needle", "adapters", "pool"};

TEST(ClassPathTest, IsTheSameOnEveryWidthThreadAndCall) {
  std::vector<Simd> widths = {Simd::kScalar};
  if (cpu_has(Simd::kAvx2)) widths.push_back(Simd::kAvx2);
  if (cpu_has(Simd::kAvx512)) widths.push_back(Simd::kAvx512);
  for (const char* family : kFamilies) {
    for (const std::uint32_t members : {1U, 60U, 64U, 700U}) {
      if (std::string(family) == "needle" && members > 64) continue;
      const ClassTarget target = class_target(small_members(family, members), members / 3, 1.4);
      std::vector<std::uint32_t> some;  // a version space that is not the class
      for (std::uint32_t i = 0; i < members; i += 1 + i % 3) some.push_back(i);
      for (const bool selected : {false, true}) {
        const std::uint64_t size = selected ? some.size() : members;
        std::optional<RoundResult> first;
        for (const Simd simd : widths) {
          for (const unsigned threads : {1U, 2U, 7U}) {
            for (const std::size_t call : {1U, 10U, 1000U}) {
              const auto engine = make_cpu_class_engine(target, own_oracle(target), threads, simd);
              if (selected) engine->set_version_space(some);
              const RoundResult result = run_paths(*engine, target, size, 60, selected, call);
              if (!first) first = result;
              expect_equal(*first, result, std::string(family) + " " + engine->device().name);
            }
          }
        }
      }
    }
  }
}

TEST(ClassPathTest, NeverEliminatesTheTruth) {
  // 5 families x 400 truths and noises x 8 paths.
  for (const char* family : kFamilies) {
    const std::uint32_t members = 50;
    for (std::uint64_t replicate = 0; replicate < 400; ++replicate) {
      ClassTarget target =
          class_target(small_members(family, members), replicate % members,
                       1.0 + 0.01 * static_cast<double>(replicate),
                       replicate % 2 == 0 ? EstimateSpec::Model::kSign : EstimateSpec::Model::kIid);
      target.estimate.seed = replicate;
      const auto engine = make_cpu_class_engine(target, own_oracle(target), 1);
      const RoundResult result = run_paths(*engine, target, members, 8, replicate % 3 == 0);
      ASSERT_TRUE(is_alive(result.survivors, replicate % members)) << family << " " << replicate;
    }
  }
}

TEST(ClassPathTest, HalvesWhereTheTargetStandsOut) {
  // Any path with a node that has a child of mu > C q loses half of the class.
  std::uint64_t crossings = 0;
  for (const char* family : kFamilies) {
    const std::uint32_t members = 40;
    for (std::uint64_t truth = 0; truth < members; ++truth) {
      const ClassTarget target = class_target(small_members(family, members), truth, 1.1);
      const auto engine = make_cpu_class_engine(target, own_oracle(target), 1);
      const RoundResult result = run_paths(*engine, target, members, 40, false);
      const std::uint32_t length = horizon(target.members);
      for (std::size_t path = 0; path < result.outcomes.size(); ++path) {
        std::vector<std::uint32_t> node(
            result.symbols.begin() + static_cast<std::ptrdiff_t>(path * length),
            result.symbols.begin() + static_cast<std::ptrdiff_t>((path + 1) * length));
        bool stands_out = false;
        for (std::uint32_t h = 0; h < length && !stands_out; ++h) {
          const std::uint32_t drawn = node[h];
          for (std::uint32_t c = 0; c < alphabet(target.members); ++c) {
            node[h] = static_cast<std::uint32_t>(c);
            double q = 0;
            for (std::uint64_t i = 0; i < members; ++i)
              q += std::exp(log_prefix_mass(target.members, i, node.data(), h + 1)) / members;
            const double mu = std::exp(log_prefix_mass(target.members, truth, node.data(), h + 1));
            stands_out = stands_out || mu > 2 * 1.1 * 1.1 * q * (1 + 1e-9);
          }
          node[h] = drawn;
        }
        if (!stands_out) continue;
        ++crossings;
        EXPECT_LE(2 * result.outcomes[path].survivors, members) << family << " " << truth;
      }
    }
  }
  EXPECT_GT(crossings, 1000U);
}

TEST(ClassPathTest, AsksNoMoreThanItsLimit) {
  const ClassTarget target = class_target(small_members("needle", 32), 3, 1.2);
  const auto engine = make_cpu_class_engine(target, own_oracle(target), 1);
  const std::vector<std::uint64_t> alive = all_alive(32);
  const ClassRound round{9, 1.2, 2 * 1.2 * 1.2, true, alive.data(), alive.data()};
  std::uint64_t cut = 0;
  for (std::uint64_t number = 0; number < 50; ++number) {
    for (const std::uint64_t limit : {0U, 1U, 2U, 100U}) {
      const ClassPath path{0, number, limit};
      PathOutcome outcome{};
      std::vector<std::uint32_t> symbols(6);
      std::vector<std::uint64_t> survivors = alive;
      engine->run(round, {&path, 1}, {&outcome, 1}, symbols, survivors);
      EXPECT_LE(outcome.interior_queries + outcome.leaf_queries, limit);
      EXPECT_EQ(outcome.oracle_queries, outcome.interior_queries + outcome.leaf_queries);
      if (limit == 100) {
        EXPECT_NE(outcome.status, PathStatus::kOutOfQueries);
      }
      cut += outcome.status == PathStatus::kOutOfQueries ? 1U : 0U;
    }
  }
  EXPECT_GE(cut, 50U);
}

TEST(ClassPathTest, DoesNotUnderflow) {
  // 2^-4096 is far below the least double.
  const ClassTarget target =
      class_target(product_members({2, 4096, 300, 1}, 0.3, "test"), 123, 1.5);
  const auto engine = make_cpu_class_engine(target, own_oracle(target), 2);
  const RoundResult result = run_paths(*engine, target, 300, 6, true);
  EXPECT_TRUE(is_alive(result.survivors, 123));
  std::uint64_t left = 0;
  for (std::uint64_t i = 0; i < 300; ++i) left += is_alive(result.survivors, i) ? 1U : 0U;
  EXPECT_EQ(left, 1U);
}

}  // namespace
}  // namespace wend::test
