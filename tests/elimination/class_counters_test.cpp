// The conservation laws of class-elimination: a run that obeys them is added up, and each broken
// law is found and named.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/elimination/counters.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kHorizon = 4;

// Chain 0 scouted 3 paths, proposed 5 and drew 2 directly; chain 1 scouted 2 and had 1 accepted.
ClassResult some_result() {
  ClassResult result;
  result.members = 16;
  result.chains.paths = {10, 3};
  result.chains.scouted = {3, 2};
  result.chains.proposals = {5, 1};
  result.chains.accepted = {4, 1};
  result.chains.rejected = {1, 0};
  result.chains.direct = {2, 0};
  result.chains.queries_interior = {20, 5};
  result.chains.queries_leaf = {9, 3};
  result.chains.nodes_asked = {17, 6};
  result.chains.nodes_skipped = {15, 6};
  result.chains.samples = {6, 1};
  result.chains.queries_to_first = {11, 8};
  result.chains.phases = {3, 2};
  result.chains.eliminated = {15, 10};
  result.chains.truth = {15, 0};
  result.queries_before = 30;
  result.queries_after = 7;
  result.samples_certified = 5;
  result.samples_direct = 2;
  return result;
}
constexpr std::uint64_t kQueries = 37;

std::string law_broken(const ClassResult& result, std::uint64_t oracle_queries = kQueries,
                       bool audit = false, bool budget_spent = false) {
  try {
    reconcile_class(result, kHorizon, oracle_queries, audit, budget_spent);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
    return error.what();
  }
  return "";
}

TEST(ClassCounters, AnExhaustedPathMayLackItsLastNodesAndItsLeaf) {
  ClassResult result = some_result();
  result.chains.nodes_skipped[1] -= kHorizon;
  result.chains.queries_leaf[1] -= 1;
  result.chains.queries_interior[1] += 1;
  EXPECT_NE(law_broken(result), "");
  result.paths_exhausted = 1;
  EXPECT_EQ(law_broken(result), "");
  result.chains.nodes_skipped[1] -= 1;
  EXPECT_NE(law_broken(result), "");
}

TEST(ClassCounters, AddsUpWhatObeysTheLaws) {
  const Counters totals = reconcile_class(some_result(), kHorizon, kQueries, false, false);
  EXPECT_EQ(totals.steps, kHorizon * 13U);
  EXPECT_EQ(totals.proposals, 6U);
  EXPECT_EQ(totals.accepted, 5U);
  EXPECT_EQ(totals.rejected, 1U);
  EXPECT_EQ(totals.samples, 7U);
  EXPECT_EQ(totals.queries, kQueries);
}

TEST(ClassCounters, FindsEachBrokenLaw) {
  using Break = std::function<void(ClassResult&)>;
  const std::vector<std::pair<Break, std::string>> cases = {
      {[](ClassResult& r) { ++r.chains.scouted[0]; },
       "chain 0: paths 10 are not scouted 4 + proposals 5 + direct 2"},
      {[](ClassResult& r) { ++r.chains.paths[1]; },
       "chain 1: paths 4 are not scouted 2 + proposals 1 + direct 0"},
      {[](ClassResult& r) { ++r.chains.rejected[1]; },
       "chain 1: proposals 1 are not accepted 1 + rejected 1"},
      {[](ClassResult& r) { --r.chains.samples[0]; },
       "chain 0: samples 5 are not accepted 4 + direct 2"},
      {[](ClassResult& r) { ++r.chains.nodes_skipped[0]; },
       "chain 0: nodes asked 17 + skipped 16 are not those of 8 paths of 4"},
      {[](ClassResult& r) { --r.chains.nodes_asked[1]; },
       "chain 1: nodes asked 5 + skipped 6 are not those of 3 paths of 4"},
      {[](ClassResult& r) { r.chains.queries_leaf[0] = 7; }, "chain 0: leaf queries 7 for 8 paths"},
      {[](ClassResult& r) { r.chains.queries_interior[0] = 7; },
       "chain 0: nodes asked 17 exceed queries 16"},
      {[](ClassResult& r) { r.chains.eliminated[0] = 16; }, "chain 0: eliminated 16 of 16 members"},
      {[](ClassResult& r) { r.chains.truth[1] = 16; }, "chain 1: truth 16 of 16 members"},
      {[](ClassResult& r) { r.chains.queries_to_first[1] = 38; },
       "chain 1: queries to the first sample 38 exceed all 37"},
      {[](ClassResult& r) {
         r.chains.samples[1] = r.chains.accepted[1] = 0;
         r.chains.rejected[1] = 1;
       },
       "chain 1: queries to the first sample 8, without a sample"},
      {[](ClassResult& r) { ++r.chains.queries_interior[1]; },
       "the chains' queries sum to 38, the oracle counted 37"},
      {[](ClassResult& r) { ++r.queries_after; }, "queries before 30 + after 8 are not 37"},
      {[](ClassResult& r) { ++r.samples_certified; }, "samples certified 6 are not accepted 5"},
      {[](ClassResult& r) { --r.samples_direct; }, "samples direct 1 are not direct 2"},
      {[](ClassResult& r) { r.chains.phases.pop_back(); }, "phases is not as long as the 2 chains"},
      {[](ClassResult& r) { r.chains.truth.push_back(0); }, "truth is not as long as the 2 chains"},
  };
  for (const auto& [break_law, message] : cases) {
    SCOPED_TRACE(message);
    ClassResult result = some_result();
    break_law(result);
    EXPECT_EQ(law_broken(result), "counters: " + message);
  }
}

TEST(ClassCounters, NoSumWrapsAround) {
  ClassResult result = some_result();
  result.chains.scouted[0] = ~std::uint64_t{0} - 1;
  result.chains.paths[0] = 5;  // what 2^64 - 2 + 5 + 2 is modulo 2^64
  EXPECT_EQ(law_broken(result), "counters: a sum exceeds 64 bits");
}

TEST(ClassCounters, AnAuditAsksTheDirectPathsToo) {
  ClassResult result = some_result();
  EXPECT_EQ(law_broken(result, kQueries, true),
            "counters: chain 0: nodes asked 17 + skipped 15 are not those of 10 paths of 4");
  result.chains.nodes_asked[0] += 2;
  result.chains.nodes_skipped[0] += 6;
  EXPECT_EQ(law_broken(result, kQueries, true), "counters: chain 0: leaf queries 9 for 10 paths");
  result.chains.queries_leaf[0] += 2;
  result.queries_after += 2;
  EXPECT_EQ(law_broken(result, kQueries + 2, true), "");
  EXPECT_EQ(reconcile_class(result, kHorizon, kQueries + 2, true, false).steps, kHorizon * 13U);
}

TEST(ClassCounters, ABudgetCutsOffAtMostOnePathOfAChain) {
  ClassResult result = some_result();
  result.chains.nodes_asked[1] -= 2;
  result.chains.nodes_skipped[1] -= 2;  // a whole path
  EXPECT_NE(law_broken(result), "");
  EXPECT_EQ(law_broken(result, kQueries, false, true), "");
  --result.chains.nodes_skipped[1];
  EXPECT_EQ(law_broken(result, kQueries, false, true),
            "counters: chain 1: nodes asked 4 + skipped 3 are not those of 3 paths of 4");

  ClassResult leaves = some_result();
  leaves.chains.queries_leaf[1] = 2;
  leaves.queries_after -= 1;
  EXPECT_EQ(law_broken(leaves, kQueries - 1), "counters: chain 1: leaf queries 2 for 3 paths");
  EXPECT_EQ(law_broken(leaves, kQueries - 1, false, true), "");
}

}  // namespace
}  // namespace wend
