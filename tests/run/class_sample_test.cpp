// Whole runs of class-elimination: misfortune, budgets, audits, determinism.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "tests/support/class_targets.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend::test {
namespace {

SampleOptions class_options() {
  SampleOptions options;
  options.algorithm = Algorithm::kClassElimination;
  options.samples = 400;
  options.chains = 20;
  options.backend = Backend::kCpu;
  options.threads = 2;
  options.seed = 5;
  return options;
}

SampleResult run(const Instance& instance, const SampleOptions& options,
                 SampleSink* sink = nullptr) {
  const std::atomic<bool> stop{false};
  return sample(instance, options, sink, stop);
}

/// A class whose oracle is the masses of member `truth`, but for the `wrong`-th answer, which is
/// `factor` times too large.
ClassTarget with_wrong_answer(const std::string& family, std::uint64_t truth, std::uint64_t wrong,
                              double factor) {
  ClassTarget target = class_target(small_members(family, 24), truth, 1.2);
  auto masses = std::make_shared<ClassMembers>(small_members(family, 24));
  auto asked = std::make_shared<std::atomic<std::uint64_t>>(0);
  target.truth.reset();
  target.oracle =
      std::make_shared<TestOracle>([=](const std::uint32_t* symbols, std::uint32_t depth) {
        const double answer = log_prefix_mass(*masses, truth, symbols, depth);
        return (*asked)++ == wrong ? answer + std::log(factor) : answer;
      });
  return target;
}

TEST(ClassSample, GoesByAnOracleItDoesNotControl) {
  const TestClass instance(with_wrong_answer("markov", 5, ~std::uint64_t{0}, 1));
  const SampleResult result = run(instance, class_options());
  EXPECT_EQ(result.drawn, 400U);
  EXPECT_EQ(result.elimination->survivor, 5U);
  EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
  EXPECT_NE(result.guarantee.why.find("the oracle is another instance"), std::string::npos);
  SampleOptions options = class_options();
  options.audit = true;
  const TestClass again(with_wrong_answer("markov", 5, ~std::uint64_t{0}, 1));
  const SampleResult audited = run(again, options);
  EXPECT_EQ(audited.guarantee.kind, GuaranteeKind::kMeasured);
  EXPECT_NEAR(audited.guarantee.tv.value(), std::log(100.0) / 400, 1e-12);
}

TEST(ClassSample, OneWrongAnswerExhaustsTheClass) {
  for (const char* family : {"markov", "product", "adapters", "pool", "needle"}) {
    const TestClass instance(with_wrong_answer(family, 5, 0, 100));
    try {
      run(instance, class_options());
      ADD_FAILURE() << family << ": no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
      const std::string what = error.what();
      EXPECT_EQ(what.rfind("class exhausted: the answer at node [", 0), 0U) << what;
      EXPECT_NE(what.find("of 24 members, number "), std::string::npos) << what;
    }
  }
}

TEST(ClassSample, AuditFindsWhatNoQueryShowed) {
  // The leaves are right until one member is left, wrong afterwards.
  for (const std::uint64_t wrong : {30U, 200U}) {
    const TestClass instance(with_wrong_answer("markov", 5, wrong, 1.001));
    SampleOptions options = class_options();
    EXPECT_EQ(run(instance, options).drawn, 400U);
    options.audit = true;
    const TestClass again(with_wrong_answer("markov", 5, wrong, 1.001));
    try {
      run(again, options);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("audit: the leaf [", 0), 0U) << error.what();
    }
  }
}

TEST(ClassSample, AuditOfTheTruthPasses) {
  const TestClass instance(class_target(small_members("adapters", 24), 5, 1.2));
  SampleOptions options = class_options();
  const SampleResult quiet = run(instance, options);
  options.audit = true;
  const SampleResult audited = run(instance, options);
  EXPECT_EQ(audited.drawn, 400U);
  EXPECT_EQ(quiet.elimination->samples_direct, 400U);
  EXPECT_EQ(quiet.elimination->queries_after, 0U);
  EXPECT_EQ(audited.elimination->queries_after, 400U);
}

TEST(ClassSample, StopsAtItsQueryBudget) {
  const TestClass instance(class_target(small_members("needle", 24), 5, 1.2));
  for (const VersionSpace space : {VersionSpace::kShared, VersionSpace::kIndependent}) {
    SampleOptions options = class_options();
    options.version_space = space;
    const SampleResult whole = run(instance, options);
    EXPECT_FALSE(whole.budget_spent);
    for (const std::uint64_t budget :
         {std::uint64_t{1}, std::uint64_t{5}, whole.totals.queries / 2, whole.totals.queries - 1}) {
      options.max_queries = budget;
      KeepDraws draws(instance.class_target()->members, options.samples);
      const SampleResult result = run(instance, options, &draws);
      EXPECT_LE(result.totals.queries, budget);
      EXPECT_TRUE(result.budget_spent);
      EXPECT_TRUE(result.partial);
      EXPECT_EQ(result.guarantee.kind, GuaranteeKind::kNone);
      EXPECT_LT(result.drawn, options.samples);
    }
    options.max_queries = std::uint64_t{1} << 40U;
    EXPECT_EQ(run(instance, options).totals.queries, whole.totals.queries);
  }
}

TEST(ClassSample, IsTheSameOnAnyNumberOfThreads) {
  for (const char* family : {"needle", "markov"}) {
    for (const VersionSpace space : {VersionSpace::kShared, VersionSpace::kIndependent}) {
      const TestClass instance(class_target(small_members(family, 48), 5, 1.2));
      std::vector<std::uint32_t> symbols;
      std::uint64_t queries = 0;
      for (const unsigned threads : {1U, 2U, 7U}) {
        SampleOptions options = class_options();
        options.version_space = space;
        options.threads = threads;
        KeepDraws draws(instance.class_target()->members, options.samples);
        const SampleResult result = run(instance, options, &draws);
        if (symbols.empty()) {
          symbols = draws.symbols;
          queries = result.totals.queries;
        }
        EXPECT_EQ(draws.symbols, symbols);
        EXPECT_EQ(result.totals.queries, queries);
      }
    }
  }
}

TEST(ClassSample, LargeClassOfLongSequencesTakesFewQueries) {
  const TestClass instance(class_target(product_members({2, 256, 65536, 1}, 0.5, "test"), 4711, 2));
  const SampleResult result = run(instance, class_options());
  EXPECT_EQ(result.drawn, 400U);
  EXPECT_EQ(result.elimination->survivor, 4711U);
  EXPECT_LT(result.totals.queries, 1000U);  // the reversible walk: some 10^8 a sample
  EXPECT_LT(static_cast<double>(result.totals.queries), result.elimination->proven_queries);
}

}  // namespace
}  // namespace wend::test
