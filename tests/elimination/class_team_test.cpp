// The walk along a path by a group of 64 threads, as a GPU's block takes it but on the CPU's
// threads, does what a group of one does.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <thread>
#include <variant>
#include <vector>

#include "host/elimination/engine.hpp"
#include "kernels/elimination/path_walk.hpp"
#include "tests/support/class_rounds.hpp"

namespace wend {
namespace {

using test::expect_same;
using test::Kind;
using test::kKappa;
using test::kMembers;
using test::kTruth;
using test::noise;
using test::Round;

/// kernels::BlockGroup, of threads of the CPU.
class TeamGroup {
 public:
  static constexpr std::uint32_t kSize = kernels::kMembersPerWord;
  static constexpr std::uint32_t kPending = 1;
  struct Exchange {
    std::barrier<> barrier{kSize};
    std::array<double, kSize> reals{};
    std::array<std::uint32_t, kSize> counts{};
  };

  TeamGroup(Exchange& exchange, std::uint32_t rank) : exchange_(exchange), rank_(rank) {}
  [[nodiscard]] std::uint32_t rank() const { return rank_; }
  void sync() const { exchange_.barrier.arrive_and_wait(); }
  [[nodiscard]] double sum(double value) const {
    return reduce(value, exchange_.reals, [](double a, double b) { return a + b; });
  }
  [[nodiscard]] double maximum(double value) const {
    return reduce(value, exchange_.reals, [](double a, double b) { return a > b ? a : b; });
  }
  [[nodiscard]] std::uint32_t sum(std::uint32_t value) const {
    return reduce(value, exchange_.counts, [](std::uint32_t a, std::uint32_t b) { return a + b; });
  }
  [[nodiscard]] std::uint32_t minimum(std::uint32_t value) const {
    return reduce(value, exchange_.counts,
                  [](std::uint32_t a, std::uint32_t b) { return a < b ? a : b; });
  }
  [[nodiscard]] std::uint64_t load_word(std::uint64_t* word) const {
    return std::atomic_ref(*word).load() & bit();
  }
  void store_word(std::uint64_t* word, std::uint64_t bits) const {
    if (bits != 0) {
      std::atomic_ref(*word).fetch_or(bit());
    } else {
      std::atomic_ref(*word).fetch_and(~bit());
    }
  }
  static std::uint32_t population(std::uint64_t bits) {
    return static_cast<std::uint32_t>(__builtin_popcountll(bits));
  }
  static std::uint32_t lowest(std::uint64_t bits) {
    return static_cast<std::uint32_t>(__builtin_ctzll(bits));
  }

 private:
  [[nodiscard]] std::uint64_t bit() const { return std::uint64_t{1} << rank_; }
  template <class T, class Combine>
  T reduce(T value, std::array<T, kSize>& exchange, Combine combine) const {
    exchange[rank_] = value;
    sync();
    std::array<T, kSize> word = exchange;
    sync();
    for (std::uint32_t half = kSize / 2; half >= 1; half /= 2)
      for (std::uint32_t i = 0; i < half; ++i) word[i] = combine(word[i], word[i + half]);
    return word[0];
  }

  Exchange& exchange_;
  std::uint32_t rank_;
};

/// Every path of a round by a team of threads, with the whole class as version space.
template <class View>
void run_by_team(const View& view, const kernels::PrefixNoise& noise, Round& round) {
  std::vector<double> mass(padded_members(view.count));
  std::vector<std::uint32_t> state(padded_members(view.count));
  std::vector<std::uint64_t> own(kernels::member_words(view.count), 0x5555555555555555ULL);
  const kernels::ClassScratch scratch{mass.data(), state.data(), own.data()};
  TeamGroup::Exchange exchange;
  std::vector<std::jthread> team;
  for (std::uint32_t rank = 0; rank < TeamGroup::kSize; ++rank) {
    team.emplace_back([&, rank] {
      const TeamGroup group(exchange, rank);
      kernels::MemberOracle<View> oracle(view, kTruth, noise);
      for (std::size_t path = 0; path < round.paths.size(); ++path) {
        kernels::ClassPathWalk<TeamGroup, kernels::ScalarF64, View, kernels::MemberOracle<View>>
            walk(group, view, oracle, round.round, scratch);
        const kernels::PathOutcome outcome =
            walk.run(round.paths[path], round.symbols.data() + path * view.horizon);
        group.sync();
        if (rank == 0) {
          round.outcomes[path] = outcome;
          for (std::size_t word = 0; word < own.size(); ++word) round.survivors[word] &= own[word];
        }
        group.sync();
      }
    });
  }
}

class ClassTeam : public testing::TestWithParam<Kind> {};

TEST_P(ClassTeam, DoesWhatOneThreadDoes) {
  ClassTarget target;
  target.members = GetParam().make();
  target.kappa = kKappa;
  const ClassOracle oracle{kTruth, noise(kernels::PrefixNoise::Model::kIid)};
  const auto cpu = make_cpu_class_engine(target, oracle, 1, Simd::kScalar);
  for (const bool certified : {false, true}) {
    Round by_one(kMembers, 6, horizon(target.members), certified);
    Round by_team(kMembers, 6, horizon(target.members), certified);
    by_one.run(*cpu);
    std::visit([&](const auto& members) { run_by_team(view_of(members), oracle.noise, by_team); },
               target.members);
    expect_same(by_one, by_team);
  }
}

INSTANTIATE_TEST_SUITE_P(Members, ClassTeam, testing::ValuesIn(test::member_kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace wend
