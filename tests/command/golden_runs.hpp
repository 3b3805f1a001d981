#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wend::testing {

/// An instance of the golden runs, and options that suit it.
struct GoldenTarget {
  const char* name;
  const char* visits;      ///< options of the walks
  std::uint64_t queries;   ///< of a walk down to a leaf: A (H - 1)
  bool is_class = false;   ///< whether class-elimination applies, and the next fields
  bool has_truth = false;  ///< who answers is a member: no `--correct reject`, but `--replicates`
  const char* accuracy = "";  ///< options of class-elimination
  std::uint64_t shared = 0;   ///< query limit of a version space for all
  std::uint64_t of_two = 0;   ///< of two chains with version spaces of their own
};

/// The golden runs: the command's arguments, as one would type them in the folder of GoldenInputs.
/// Every target with every algorithm that applies, once to its end and once to a limit of queries;
/// of the two one writes out.npz, the other out.csv, and one has 1 thread, the other 3. Which one
/// depends on the target's place, so that new ones go to the end of the list.
class GoldenRuns {
 public:
  GoldenRuns() {
    for (const GoldenTarget& target : kTargets) add_target(target);
    for (const char* run : kOthers) commands_.emplace_back(std::string("sample ") + run);
  }

  [[nodiscard]] const std::vector<std::string>& commands() const { return commands_; }

 private:
  static constexpr const char* kFixed = "--visits 20 --thin 3";
  static constexpr const char* kProven = "--delta 0.1 --thin 2";
  static constexpr const char* kMeasured = "--visits measured";
  static constexpr std::array kTargets = {
      GoldenTarget{"tree2-exact", kFixed, 16},
      GoldenTarget{"tree2-iid", kFixed, 16},
      GoldenTarget{"tree2-sign", kProven, 16},
      GoldenTarget{"tree2-file", kFixed, 16},
      GoldenTarget{"tree3-exact", kFixed, 12},
      GoldenTarget{"tree3-iid", kFixed, 12},
      GoldenTarget{"tree3-sign", kMeasured, 12},
      GoldenTarget{"tree3-file", kMeasured, 12},
      GoldenTarget{"tree4-exact", kFixed, 12},
      GoldenTarget{"tree4-iid", kFixed, 12},
      GoldenTarget{"tree4-sign", kFixed, 12},
      GoldenTarget{"tree4-file", kProven, 12},
      GoldenTarget{"tree5-exact", kFixed, 10},
      GoldenTarget{"tree5-iid", kFixed, 10},
      GoldenTarget{"tree5-sign", kProven, 10},
      GoldenTarget{"tree5-file", kMeasured, 10},
      GoldenTarget{"tree27-exact", kFixed, 27},
      GoldenTarget{"tree27-iid", kFixed, 27},
      GoldenTarget{"tree27-sign", kFixed, 27},
      GoldenTarget{"tree27-file", kFixed, 27},
      GoldenTarget{"tree300", kFixed, 300},
      GoldenTarget{"knapsack-exact", kFixed, 38},
      GoldenTarget{"knapsack-exact-values", kFixed, 38},
      GoldenTarget{"knapsack-iid", kFixed, 38},
      GoldenTarget{"knapsack-sign-values", kFixed, 38},
      GoldenTarget{"knapsack-rounded", kFixed, 70},
      GoldenTarget{"knapsack-rounded-values", kFixed, 70},
      GoldenTarget{"words4-exact", kFixed, 28},
      GoldenTarget{"words4-iid", kProven, 28},
      GoldenTarget{"words4-lookahead", kMeasured, 28},
      GoldenTarget{"words10-exact", kFixed, 70},
      GoldenTarget{"words10-iid", kFixed, 70},
      GoldenTarget{"words10-lookahead", kFixed, 70},
      GoldenTarget{"chain2-lookahead", kMeasured, 38},
      GoldenTarget{"chain3-sign", kFixed, 33},
      GoldenTarget{"chain7-exact", kFixed, 77},
      GoldenTarget{"chain7-sign", kFixed, 77},
      GoldenTarget{"class-product2", kFixed, 38, true, true, "", 3, 7},
      GoldenTarget{"class-product5", kFixed, 45, true, true, "", 2, 7},
      GoldenTarget{"class-markov2", kProven, 30, true, true, "", 1, 3},
      GoldenTarget{"class-markov3", kFixed, 33, true, true, "", 1, 3},
      GoldenTarget{"class-needle2", kFixed, 26, true, true, " --delta 0.2", 250, 600},
      GoldenTarget{"class-needle3", kFixed, 33, true, true, " --delta 0.2", 8, 30},
      GoldenTarget{"class-adapters", kFixed, 36, true, true, "", 1, 3},
      GoldenTarget{"class-adapters-words", kFixed, 28, true, true, "", 1, 3},
      GoldenTarget{"class-corpora", kFixed, 63, true, true, "", 1, 5},
      GoldenTarget{"class-list", kMeasured, 16, true, true, "", 1, 3},
      GoldenTarget{"class-oracle", kFixed, 16, true, false, "", 1, 1},
      GoldenTarget{"class-stranger", kFixed, 16, true, false, "", 1, 1},
  };

  /// What the targets above leave out, one by one.
  static constexpr std::array kOthers = {
      // All defaults but the threads; no file; one sample; the largest seed.
      "tree2-iid.json --threads 2 --output out.npz",
      "words4-lookahead.json --threads 2 --output out.csv",
      "class-needle2.json --algorithm class-elimination --threads 2 --output out.csv",
      "tree3-sign.json --threads 1",
      "chain7-sign.json --samples 1 --threads 3 --output out.csv",
      "knapsack-iid.json --seed 18446744073709551615 --threads 1 --output out.npz",
      // Visits as they were measured.
      "knapsack-rounded.json --algorithm lifted --visits measured --samples 300 --chains 10 "
      "--threads 1 --output out.npz",
      "words10-lookahead.json --algorithm jerrum-sinclair --samples 300 --chains 30 --threads 3 "
      "--output out.npz",
      // More chains than the lanes of any vectors; a taller tree.
      "tree2-tall.json --algorithm jerrum-sinclair --visits 30 --thin 2 --samples 6001 "
      "--chains 601 --threads 3 --output out.npz",
      "tree2-tall.json --algorithm lifted --visits 30 --thin 2 --samples 6001 --chains 601 "
      "--max-queries 1000000 --threads 3 --output out.csv",
      "tree2-tall.json --algorithm sequential --samples 6001 --chains 601 --threads 1 "
      "--output out.npz",
      "knapsack-rounded.json --algorithm lifted --visits 20 --thin 1 --samples 600 --chains 600 "
      "--threads 3 --output out.npz",
      "chain3-sign.json --algorithm sequential --correct weight --samples 6000 --chains 600 "
      "--threads 3 --output out.csv",
      "class-product2.json --algorithm class-elimination --samples 6000 --chains 600 --threads 3 "
      "--output out.npz",
      // Limits that do not bind.
      "tree4-iid.json --algorithm jerrum-sinclair --visits 20 --thin 3 --max-queries 1000000000 "
      "--threads 3 --output out.npz",
      "tree27-sign.json --algorithm lifted --visits 20 --thin 3 --max-queries 1000000000 "
      "--threads 1 --output out.csv",
      "knapsack-rounded.json --algorithm sequential --max-queries 1000000000 --threads 3 "
      "--output out.npz",
      "class-needle2.json --algorithm class-elimination --max-queries 1000000000 --threads 3 "
      "--output out.npz",
      // Accuracies other than the instance's.
      "tree2-sign.json --kappa 2 --delta 0.2 --thin 1 --threads 1 --output out.npz",
      "words10-lookahead.json --kappa 1.5 --delta 0.2 --thin 1 --threads 3 --output out.npz",
      "class-needle3.json --algorithm class-elimination --kappa 1.5 --delta 0.3 --threads 3 "
      "--output out.npz",
      // What was the default before pilots chose; choices that the runs above do not make.
      "tree2-iid.json --algorithm lifted --threads 2 --output out.npz",
      "words4-lookahead.json --algorithm lifted --threads 2 --output out.csv",
      "knapsack-iid.json --algorithm lifted --seed 18446744073709551615 --threads 1 --output "
      "out.npz",
      "class-product2.json --threads 2 --output out.npz",
      "knapsack-rounded.json --max-queries 100000 --threads 3 --output out.csv",
  };

  /// `--chains` of the run that `options` are added for next.
  [[nodiscard]] std::uint64_t chains() const {
    constexpr std::array<std::uint64_t, 4> kChains = {8, 16, 24, 40};
    return kChains[(place_ + turn_) % kChains.size()];
  }

  /// Two runs: to the end, and to the limit.
  void add(const std::string& options, std::uint64_t limit) {
    const std::string start = fmt::format("sample {}.json {} --samples 2003 --chains {} --seed {}",
                                          kTargets[place_].name, options, chains(), turn_);
    const bool npz_first = (place_ + turn_) % 2 == 0;
    const bool one_thread_first = (place_ / 2 + turn_) % 2 == 0;
    for (const bool first : {true, false}) {
      commands_.push_back(fmt::format("{}{} --threads {} --output out.{}", start,
                                      first ? "" : fmt::format(" --max-queries {}", limit),
                                      first == one_thread_first ? 1 : 3,
                                      first == npz_first ? "npz" : "csv"));
    }
    ++turn_;
  }

  void add_target(const GoldenTarget& target) {
    turn_ = 0;
    for (const char* algorithm : {"jerrum-sinclair", "lifted"})
      add(fmt::format("--algorithm {} {}", algorithm, target.visits), 3000 * target.queries);
    for (const char* correction : {"reject", "weight", "none"}) {
      if (target.has_truth && std::string_view(correction) == "reject") continue;
      add(fmt::format("--algorithm sequential --correct {}", correction), 1000 * target.queries);
    }
    if (target.is_class) add_eliminations(target);
    commands_.push_back(fmt::format("inspect {}.json --json", target.name));
    ++place_;
  }

  void add_eliminations(const GoldenTarget& target) {
    const std::string shared = fmt::format("--algorithm class-elimination{}", target.accuracy);
    const std::string independent = shared + " --version-space independent";
    add(shared, target.shared);
    add(shared + " --audit", target.shared + 500);
    add(independent, chains() * target.of_two / 2);
    if (target.has_truth) add(independent + " --replicates", chains() * target.of_two / 2);
  }

  std::vector<std::string> commands_;
  std::size_t place_ = 0;  ///< of the target in the list
  std::size_t turn_ = 0;   ///< of the run among the target's
};

}  // namespace wend::testing
