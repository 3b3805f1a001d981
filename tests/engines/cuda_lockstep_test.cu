// The lockstep engine on a device draws, counts and says what it does on the CPU: rows made by
// blocks, memos of any size, rows of a few levels, sequences that end early, stops and budgets,
// rows that none can be, and oracles that are kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/row_maker.hpp"
#include "host/oracles/oracle.hpp"
#include "host/oracles/row_compiler.hpp"
#include "host/oracles/walk_of.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/cuda/make_rows.hpp"
#include "kernels/lockstep/log_mass.hpp"
#include "kernels/random/prefix_noise.hpp"
#include "tests/support/engine_draws.hpp"
#include "wend/counters.hpp"
#include "wend/cuda_oracle.hpp"
#include "wend/error.hpp"
#include "wend/sample.hpp"

namespace wend {
namespace {

using kernels::cuda_check;
using kernels::DeviceArray;

constexpr Algorithm kAlgorithms[] = {Algorithm::kJerrumSinclair, Algorithm::kLifted,
                                     Algorithm::kSequential};
constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class CudaLockstep : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
};

// --- rows

/// Traits alone.
class NoOracle final : public BatchOracle {
 public:
  [[nodiscard]] const OracleTraits& traits() const override { return given; }
  void expand(std::uint32_t, const OracleBatch&, const OracleRows&) override {}
  OracleTraits given;
};

/// Rows of `count` nodes, every second one at depth 0, some children without mass, scales apart.
struct Answers {
  Answers(RowKind kind, std::uint32_t symbols, std::uint32_t nodes, std::uint64_t seed)
      : alphabet(symbols), count(nodes), own(nodes) {
    std::mt19937_64 random(seed);
    const auto unit = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
    for (std::uint32_t i = 0; i < count; ++i) {
      const double spread = i % 3 == 0 ? 1 : (i % 3 == 1 ? 30 : 600);
      own[i] = std::exp(spread * (unit() - 0.5) / 2);
      for (std::uint32_t c = 0; c < alphabet; ++c) {
        const bool dead = c + 1 != alphabet && unit() < 0.1;
        const double log = spread * (unit() - 0.5) - std::log(alphabet);
        logs.push_back(dead ? kNothing : static_cast<float>(log));
        masses.push_back(dead ? 0.0 : std::exp(log) * own[i]);
      }
      depth.push_back(i % 2 == 0 ? 0 : 3);
      // A dead end, and one child that has all.
      if (i == 5) std::fill_n(logs.end() - alphabet, alphabet, kNothing);
      if (i == 5) std::fill_n(masses.end() - alphabet, alphabet, 0.0);
      if (i == 6) std::fill_n(logs.end() - alphabet, alphabet - 1, kNothing);
      if (i == 6) std::fill_n(masses.end() - alphabet, alphabet - 1, 0.0);
      for (std::uint32_t c = 0; c < alphabet; ++c) kept.push_back(unit() < 0.2 ? 0.0 : unit());
    }
    rows.log_ratio = kind == RowKind::kLogRatio ? logs.data() : nullptr;
    rows.mass = kind == RowKind::kMass ? masses.data() : nullptr;
    rows.own = kind == RowKind::kMass ? own.data() : nullptr;
  }
  std::uint32_t alphabet;
  std::uint32_t count;
  std::vector<float> logs;
  std::vector<double> masses, own, kept;
  std::vector<std::uint32_t> depth;
  OracleRows rows;
};

template <class T>
DeviceArray<T> on_device(const T* values, std::uint64_t size, cudaStream_t stream) {
  DeviceArray<T> copy(values == nullptr ? 0 : size, "a test", stream);
  copy.upload(values, stream);
  return copy;
}

/// The rows as `blocks` blocks make them, node after node, or the verdicts.
struct Made {
  std::vector<std::uint32_t> words;
  std::vector<kernels::RowVerdict> verdicts;
  std::uint32_t first_fault;
};
Made made_on_device(const ModelOracle& oracle, kernels::Walk walk, const Answers& answers,
                    std::uint32_t blocks) {
  const kernels::Stream owner;
  cudaStream_t stream = owner.get();
  const std::uint64_t node_words = RowMaker::node_words(oracle, walk);
  const std::uint64_t cells = std::uint64_t{answers.count} * answers.alphabet;
  const RowBounds bounds = row_bounds(oracle.model->traits());
  kernels::RowsJob job{};
  job.plan = row_plan(oracle, walk, bounds);
  const auto bound = on_device(job.plan.bounds, bounds.bounds.size(), stream);
  const auto below = on_device(job.plan.below, bounds.below.size(), stream);
  const auto end = on_device(job.plan.end, oracle.end_bits.size(), stream);
  job.plan.bounds = bound.data();
  job.plan.below = below.data();
  job.plan.end = end.data();
  // Each node's chain has one level, so that nodes lie one behind the other.
  std::vector<std::uint32_t> slot;
  for (std::uint32_t i = 0; i < answers.count; ++i) slot.push_back(i);
  const auto slots = on_device(slot.data(), slot.size(), stream);
  const auto depths = on_device(answers.depth.data(), answers.count, stream);
  DeviceArray<std::uint32_t> words(node_words * answers.count, "rows", stream);
  cuda_check(cudaMemsetAsync(words.data(), 0, words.bytes(), stream), "clearing");
  const auto logs = on_device(answers.rows.log_ratio, cells, stream);
  const auto masses = on_device(answers.rows.mass, cells, stream);
  const auto own = on_device(answers.rows.own, answers.count, stream);
  const auto kept = on_device(answers.rows.kept, cells, stream);
  const DeviceArray<double> scratch(blocks * kernels::row_scratch(answers.alphabet), "scratch",
                                    stream);
  const DeviceArray<kernels::RowVerdict> verdicts(answers.count, "verdicts", stream);
  const DeviceArray<std::uint32_t> fault(1, "verdicts", stream);
  cuda_check(cudaMemsetAsync(verdicts.data(), 0, verdicts.bytes(), stream), "clearing");
  cuda_check(cudaMemsetAsync(fault.data(), 0xFF, fault.bytes(), stream), "clearing");
  job.paths = {words.data(), nullptr, nullptr, node_words, 1};
  job.nodes.slot = slots.data();
  job.nodes.depth = depths.data();
  job.place = slots.data();
  job.logs = logs.data();
  job.masses = masses.data();
  job.own = own.data();
  job.kept = kept.data();
  job.size = answers.count;
  job.scratch = scratch.data();
  job.blocks = blocks;
  job.verdicts = verdicts.data();
  job.first_fault = fault.data();
  kernels::make_rows_async(job, stream);
  Made made;
  made.words.resize(words.size());
  made.verdicts.resize(answers.count);
  words.download(made.words.data(), stream);
  verdicts.download(made.verdicts.data(), stream);
  fault.download(&made.first_fault, stream);
  cuda_check(cudaStreamSynchronize(stream), "making rows");
  return made;
}

TEST_F(CudaLockstep, BlocksMakeTheRowsThatTheHostMakes) {
  for (const std::uint32_t alphabet :
       {2U, 3U, 4U, 5U, 17U, 31U, 32U, 63U, 64U, 255U, 256U, 257U, 4097U, 49152U}) {
    for (const Algorithm algorithm : kAlgorithms) {
      for (const RowKind kind : {RowKind::kLogRatio, RowKind::kMass}) {
        for (const bool keeps_sums : {true, false}) {
          if (alphabet > 300 && keeps_sums != (kind == RowKind::kMass)) continue;
          const kernels::Walk walk = walk_of(algorithm);
          Answers answers(kind, alphabet, alphabet > 5000 ? 4 : (alphabet > 300 ? 7 : 14),
                          alphabet);
          const auto model = std::make_shared<NoOracle>();
          model->given.alphabet = alphabet;
          model->given.horizon = 9;
          model->given.rows = kind;
          ModelOracle oracle = make_model_oracle(model, walk, Correction::kNone, !keeps_sums);
          oracle.thinned = kernels::restarts(walk) && alphabet % 2 == 1;
          if (oracle.thinned) answers.rows.kept = answers.kept.data();
          RowMaker maker(oracle, walk);
          const std::uint64_t words = RowMaker::node_words(oracle, walk);
          std::vector<std::uint32_t> expected(words * answers.count);
          for (std::uint32_t i = 0; i < answers.count; ++i) {
            const std::span<std::uint32_t> node(&expected[i * words], words);
            if (i == 6) answers.depth[i] = 0;
            maker.make(answers.rows, i, {i, answers.depth[i]}, node);
            // And by what compiles tables, from the same masses.
            std::vector<double> children(alphabet);
            double own = answers.own[i];
            double largest = answers.depth[i] == 0 ? -kInfinity : 0;
            for (std::uint32_t c = 0; c < alphabet; ++c)
              largest = std::max<double>(largest, answers.logs[i * alphabet + c]);
            for (std::uint32_t c = 0; c < alphabet; ++c)
              children[c] =
                  kind == RowKind::kMass
                      ? answers.masses[i * alphabet + c]
                      : kernels::mass_of_log(static_cast<double>(answers.logs[i * alphabet + c]) -
                                             largest);
            if (kind == RowKind::kLogRatio) own = kernels::mass_of_log(-largest);
            if (answers.depth[i] == 0) own = 0;
            RowCompiler compiler(alphabet, walk, RowLayout::kUnits);
            std::vector<std::uint32_t> compiled(RowMaker::rows_words(oracle, walk));
            std::span<const double> kept;
            if (oracle.thinned) kept = {&answers.kept[i * alphabet], alphabet};
            compiler.compile(own, children, kept, compiled);
            ASSERT_TRUE(std::ranges::equal(compiled, node.first(compiled.size())))
                << alphabet << " " << to_string(algorithm) << ", row " << i;
          }
          for (const std::uint32_t blocks : {1U, 3U, 40U}) {
            if (blocks == 1 && alphabet > 5000) continue;
            const Made made = made_on_device(oracle, walk, answers, blocks);
            EXPECT_EQ(made.first_fault, kernels::kNoFault);
            ASSERT_TRUE(made.words == expected)
                << "A = " << alphabet << ", " << to_string(algorithm) << ", blocks " << blocks;
          }
        }
      }
    }
  }
}

TEST_F(CudaLockstep, ThinsByBoundsAsTheHostDoes) {
  for (const std::uint32_t alphabet : {3U, 40U, 300U}) {
    const kernels::Walk walk = kernels::Walk::kSequential;
    Answers answers(RowKind::kLogRatio, alphabet, 24, 5);
    for (float& log : answers.logs) log = std::max(-1.5F, std::min(log, 0.5F));
    const auto model = std::make_shared<NoOracle>();
    model->given.alphabet = alphabet;
    model->given.horizon = 9;
    model->given.end = {1, alphabet - 1};
    model->given.ratio_bound.assign(9, 2.0 * alphabet);
    const ModelOracle oracle = make_model_oracle(model, walk, Correction::kReject, false);
    RowMaker maker(oracle, walk);
    const std::uint64_t words = RowMaker::node_words(oracle, walk);
    std::vector<std::uint32_t> expected(words * answers.count);
    for (std::uint32_t i = 0; i < answers.count; ++i)
      maker.make(answers.rows, i, {i, answers.depth[i]}, {&expected[i * words], words});
    EXPECT_TRUE(made_on_device(oracle, walk, answers, 4).words == expected) << alphabet;
  }
}

// --- engines

/// Log ratios that a hash of the prefix picks from a table: the same numbers wherever they are
/// looked up.
struct HashLaw {
  static constexpr std::uint32_t kLogs = 64;
  std::uint32_t alphabet;
  const float* table;

  [[nodiscard]] WEND_HD float log_ratio(const std::uint32_t* prefix, std::uint32_t depth,
                                        std::uint32_t child) const {
    std::uint64_t hash = depth;
    for (std::uint32_t h = 0; h < depth; ++h) hash = kernels::extend_prefix(hash, prefix[h]);
    return table[kernels::extend_prefix(hash, child) >> 58U];
  }
  /// An eighth of them nothing.
  static std::vector<float> logs(std::uint32_t alphabet) {
    std::vector<float> logs;
    for (std::uint32_t i = 0; i < kLogs; ++i)
      logs.push_back(i % 8 == 7 ? kNothing
                                : static_cast<float>(0.03 * i - 1 - std::log(0.9 * alphabet)));
    return logs;
  }
};

OracleTraits law_traits(std::uint32_t alphabet, std::uint32_t horizon,
                        std::vector<std::uint32_t> end) {
  OracleTraits traits;
  traits.name = "law";
  traits.alphabet = alphabet;
  traits.horizon = horizon;
  traits.end = std::move(end);
  return traits;
}

class HostLaw : public BatchOracle {
 public:
  HostLaw(std::uint32_t alphabet, std::uint32_t horizon, std::vector<std::uint32_t> end = {})
      : given(law_traits(alphabet, horizon, std::move(end))), logs_(HashLaw::logs(alphabet)) {}
  [[nodiscard]] const OracleTraits& traits() const override { return given; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    EXPECT_LT(context, given.contexts);
    const HashLaw law{given.alphabet, logs_.data()};
    for (std::uint32_t i = 0; i < batch.size; ++i) {
      check_slot(batch, i);
      for (std::uint32_t c = 0; c < given.alphabet; ++c)
        rows.log_ratio[i * given.alphabet + c] = law.log_ratio(batch.prefix[i], batch.depth[i], c);
    }
    if (spoil_call != 0 && ++calls_ == spoil_call) {
      if (throws) throw std::runtime_error("out of tokens");
      rows.log_ratio[batch.size * given.alphabet - 1] = spoilt;
    }
    if (stop_call != 0 && ++stops_ >= stop_call) stop = true;
  }
  OracleTraits given;
  std::uint64_t spoil_call = 0;
  bool throws = false;
  float spoilt = NAN;
  std::uint64_t stop_call = 0;
  std::atomic<bool> stop{false};

 private:
  void check_slot(const OracleBatch& batch, std::uint32_t i) {
    if (given.contexts > 1) return;
    if (slots_.size() <= batch.slot[i]) slots_.resize(batch.slot[i] + 1);
    std::vector<std::uint32_t>& slot = slots_[batch.slot[i]];
    ASSERT_LE(batch.known[i], slot.size());
    ASSERT_LE(batch.known[i], batch.depth[i]);
    ASSERT_TRUE(std::equal(slot.begin(), slot.begin() + batch.known[i], batch.prefix[i]));
    slot.assign(batch.prefix[i], batch.prefix[i] + batch.depth[i]);
    ASSERT_EQ(batch.symbol[i], slot.empty() ? 0 : slot.back());
  }
  std::vector<float> logs_;
  std::vector<std::vector<std::uint32_t>> slots_;
  std::uint64_t calls_ = 0;
  std::uint64_t stops_ = 0;
};

/// The same ratios as masses, on scales of each row's own.
class HostMasses final : public HostLaw {
 public:
  HostMasses(std::uint32_t alphabet, std::uint32_t horizon) : HostLaw(alphabet, horizon) {
    given.rows = RowKind::kMass;
  }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    std::vector<float> logs(std::size_t{batch.size} * given.alphabet);
    OracleRows as_logs;
    as_logs.log_ratio = logs.data();
    HostLaw::expand(context, batch, as_logs);
    for (std::uint32_t i = 0; i < batch.size; ++i) rows.own[i] = std::exp2(batch.depth[i]);
    for (std::size_t cell = 0; cell < logs.size(); ++cell)
      rows.mass[cell] = rows.own[cell / given.alphabet] * std::exp(static_cast<double>(logs[cell]));
  }
};

struct Ran {
  std::vector<std::uint32_t> records;
  ChainState state;
  OracleUse use;
};

void expect_same(const Ran& cpu, const Ran& device, const std::string& what) {
  EXPECT_TRUE(cpu.records == device.records) << what;
  bool same = cpu.state.dummy_moves == device.state.dummy_moves &&
              cpu.state.path.size() == device.state.path.size();
  for_each_column([&](const auto& a, const auto& b) { same = same && a == b; }, cpu.state,
                  device.state);
  EXPECT_TRUE(same) << what;
  EXPECT_EQ(cpu.use.evaluations, device.use.evaluations) << what;
  EXPECT_EQ(cpu.use.batches, device.use.batches) << what;
  EXPECT_EQ(cpu.use.path_hits, device.use.path_hits) << what;
  EXPECT_EQ(cpu.use.memo_hits, device.use.memo_hits) << what;
  EXPECT_EQ(cpu.use.shared, device.use.shared) << what;
  EXPECT_EQ(cpu.use.repeats, device.use.repeats) << what;
  EXPECT_EQ(cpu.use.memo_rows, device.use.memo_rows) << what;
}

ChainState new_chains(const Oracle& oracle, Algorithm algorithm, std::uint64_t chains) {
  return chains_at_root(oracle, chains, algorithm == Algorithm::kSequential ? 1 : 2);
}

/// `each` draws of every chain, in rounds of one.
Ran drawn(LockstepEngine& engine, const Oracle& oracle, Algorithm algorithm, std::uint64_t chains,
          std::uint64_t each, std::uint64_t expansions = ~std::uint64_t{0}) {
  Ran ran;
  const std::atomic<bool> stop{false};
  kernels::RunLimits limits = test::one_round(5, each);
  limits.expansion_limit = expansions;
  limits.round_size = 1;
  for (limits.round_begin = 0; limits.round_begin < each; ++limits.round_begin) {
    std::vector<std::uint32_t> records(chains * record_words(oracle), 7U);
    engine.advance(limits, records, stop);
    ran.records.insert(ran.records.end(), records.begin(), records.end());
    static_cast<void>(reconcile(engine.save(), algorithm, alphabet(oracle), engine.oracle_queries(),
                                std::nullopt));
  }
  ran.state = engine.save();
  ran.use = engine.use();
  return ran;
}

Ran run(const Oracle& oracle, Algorithm algorithm, const LockstepOptions& options, Backend backend,
        std::uint64_t chains, std::uint64_t each, std::uint64_t expansions = ~std::uint64_t{0}) {
  LockstepEngine engine(std::get<ModelOracle>(oracle), walk_of(algorithm),
                        new_chains(oracle, algorithm, chains), options, backend);
  EXPECT_EQ(engine.device().backend, backend);
  return drawn(engine, oracle, algorithm, chains, each, expansions);
}

TEST_F(CudaLockstep, DrawsAndCountsWhatTheCpuDoes) {
  std::uint64_t repeats = 0;
  std::uint64_t dropped = 0;
  for (const auto& [alphabet, horizon, end] : {std::tuple{2U, 9U, std::vector<std::uint32_t>{}},
                                               {3U, 7U, {2U}},
                                               {4U, 5U, {0U, 3U}},
                                               {5U, 6U, {1U}},
                                               {40U, 4U, {}},
                                               {70U, 3U, {1U}}}) {
    for (const Algorithm algorithm : kAlgorithms) {
      const kernels::Walk walk = walk_of(algorithm);
      const std::uint64_t chains = alphabet == 3 || alphabet == 70 ? 40 : 7;
      const auto make = [&] {
        return Oracle(make_model_oracle(std::make_shared<HostLaw>(alphabet, horizon, end), walk,
                                        Correction::kWeight, false));
      };
      const std::uint64_t level =
          chains * RowMaker::node_words(std::get<ModelOracle>(make()), walk) * 4;
      for (const std::uint32_t levels : {1U, 3U, 100U}) {
        for (const std::uint64_t memo : {0ULL, 3000ULL, 1ULL << 20U}) {
          LockstepOptions options;
          options.threads = 1;
          options.memo_bytes = memo;
          options.path_bytes = levels * level;
          options.max_batch = levels == 3 ? 4 : 0;
          const Ran cpu = run(make(), algorithm, options, Backend::kCpu, chains, 2);
          const Ran device = run(make(), algorithm, options, Backend::kCuda, chains, 2);
          expect_same(cpu, device,
                      std::to_string(alphabet) + " " + std::string(to_string(algorithm)) +
                          " levels " + std::to_string(levels) + " memo " + std::to_string(memo));
          repeats += device.use.repeats;
          if (memo == 3000 && device.use.evaluations > device.use.memo_rows) ++dropped;
        }
      }
    }
  }
  EXPECT_GT(repeats, 100U);
  EXPECT_GT(dropped, 10U);
}

TEST_F(CudaLockstep, TakesMassesAndSeveralContexts) {
  for (const Algorithm algorithm : kAlgorithms) {
    for (const std::uint32_t contexts : {1U, 3U}) {
      const auto make = [&] {
        const auto masses = std::make_shared<HostMasses>(6, 5);
        masses->given.contexts = contexts;
        return Oracle(
            make_model_oracle(masses, walk_of(algorithm), Correction::kWeight, contexts == 3));
      };
      LockstepOptions options;
      options.threads = 2;
      options.max_batch = 3;
      expect_same(run(make(), algorithm, options, Backend::kCpu, 20, 2),
                  run(make(), algorithm, options, Backend::kCuda, 20, 2),
                  std::string(to_string(algorithm)));
    }
  }
}

TEST_F(CudaLockstep, EndsBudgetsAtTheSameStep) {
  for (const Algorithm algorithm : kAlgorithms) {
    const Oracle oracle = make_model_oracle(std::make_shared<HostLaw>(5, 6), walk_of(algorithm),
                                            Correction::kWeight, false);
    LockstepOptions options;
    options.threads = 1;
    expect_same(run(oracle, algorithm, options, Backend::kCpu, 9, 30, 40),
                run(oracle, algorithm, options, Backend::kCuda, 9, 30, 40),
                std::string(to_string(algorithm)));
  }
}

TEST_F(CudaLockstep, GoesOnAfterStopsAndFromSavedStates) {
  constexpr std::uint64_t kChains = 11;
  constexpr std::uint64_t kEach = 4;
  for (const Algorithm algorithm : kAlgorithms) {
    for (const std::uint64_t memo : {0ULL, 1ULL << 20U}) {
      const kernels::Walk walk = walk_of(algorithm);
      const auto make = [&](std::uint64_t calls) {
        const auto masses = std::make_shared<HostMasses>(3, 7);
        masses->stop_call = calls;
        return masses;
      };
      LockstepOptions options;
      options.threads = 1;
      options.memo_bytes = memo;
      options.max_batch = 4;  // so that a stop comes between the batches of a round, too
      const Oracle oracle = make_model_oracle(make(0), walk, Correction::kWeight, true);
      const auto& model = std::get<ModelOracle>(oracle);
      const kernels::RunLimits limits = test::one_round(5, kEach);
      const std::atomic<bool> never{false};
      const std::uint64_t words = kChains * kEach * record_words(oracle);
      std::vector<std::uint32_t> whole(words);
      LockstepEngine straight(model, walk, new_chains(oracle, algorithm, kChains), options);
      straight.advance(limits, whole, never);
      for (const std::uint64_t calls : {1U, 5U, 14U}) {
        const auto stopping = make(calls);
        const Oracle other = make_model_oracle(stopping, walk, Correction::kWeight, true);
        LockstepEngine engine(std::get<ModelOracle>(other), walk,
                              new_chains(oracle, algorithm, kChains), options, Backend::kCuda);
        std::vector<std::uint32_t> records(words);
        engine.advance(limits, records, stopping->stop);
        const ChainState state = engine.save();
        static_cast<void>(reconcile(state, algorithm, 3, engine.oracle_queries(), std::nullopt));
        // On by itself; on another device engine; on the CPU.
        for (const Backend backend : {Backend::kCuda, Backend::kCpu}) {
          LockstepEngine next(model, walk, state, options, backend);
          std::vector<std::uint32_t> on = records;
          next.advance(limits, on, never);
          EXPECT_EQ(on, whole) << calls << " " << to_string(algorithm);
        }
        stopping->stop_call = 0;
        std::vector<std::uint32_t> on = records;
        engine.advance(limits, on, never);
        EXPECT_EQ(on, whole) << calls << " " << to_string(algorithm);
        engine.restore(state);
        engine.advance(limits, records, never);
        EXPECT_EQ(records, whole) << calls << " restored " << to_string(algorithm);
      }
    }
  }
}

/// What ends a run.
std::string failure(const std::shared_ptr<HostLaw>& law, Backend backend) {
  const Oracle oracle = make_model_oracle(law, kernels::Walk::kLifted, Correction::kNone, false);
  LockstepOptions options;
  options.threads = 1;
  LockstepEngine engine(std::get<ModelOracle>(oracle), kernels::Walk::kLifted,
                        new_chains(oracle, Algorithm::kLifted, 12), options, backend);
  std::vector<std::uint32_t> records(12 * 50 * record_words(oracle));
  const std::atomic<bool> stop{false};
  try {
    engine.advance(test::one_round(5, 50), records, stop);
  } catch (const Error& error) {
    static_cast<void>(reconcile(engine.save(), Algorithm::kLifted, alphabet(oracle),
                                engine.oracle_queries(), std::nullopt));
    return error.what();
  }
  return "nothing";
}

TEST_F(CudaLockstep, SaysOfBadRowsWhatTheCpuSays) {
  for (const std::uint32_t alphabet : {3U, 50U}) {
    for (const std::uint64_t call : {1U, 4U}) {
      for (const float spoilt : {NAN, INFINITY}) {
        const auto make = [&](bool throws) {
          const auto law = std::make_shared<HostLaw>(alphabet, 6);
          law->spoil_call = call;
          law->throws = throws;
          law->spoilt = spoilt;
          return law;
        };
        const std::string said = failure(make(false), Backend::kCuda);
        EXPECT_NE(said.find("symbol " + std::to_string(alphabet - 1)), std::string::npos) << said;
        EXPECT_EQ(said, failure(make(false), Backend::kCpu));
        EXPECT_EQ(failure(make(true), Backend::kCuda), failure(make(true), Backend::kCpu));
      }
    }
    const auto sharp = [&] {
      const auto law = std::make_shared<HostLaw>(alphabet, 6);
      law->given.kappa = 1.001;
      return law;
    };
    const std::string said = failure(sharp(), Backend::kCuda);
    EXPECT_NE(said.find("breaks kappa 1.001"), std::string::npos) << said;
    EXPECT_EQ(said, failure(sharp(), Backend::kCpu));
  }
}

// --- an oracle that is a kernel

__global__ void law_kernel(const HashLaw law, const std::uint32_t size, const std::uint32_t* depth,
                           const std::uint32_t* prefix, const std::uint32_t stride, float* logs) {
  const std::uint32_t cell = blockIdx.x * blockDim.x + threadIdx.x;
  const std::uint32_t node = cell / law.alphabet;
  if (node >= size) return;
  logs[cell] = law.log_ratio(prefix + node * stride, depth[node], cell % law.alphabet);
}

class DeviceLaw final : public CudaBatchOracle {
 public:
  DeviceLaw(std::uint32_t alphabet, std::uint32_t horizon, std::vector<std::uint32_t> end = {})
      : given(law_traits(alphabet, horizon, std::move(end))),
        logs_(HashLaw::kLogs, "a law", stream_.get()) {
    const std::vector<float> logs = HashLaw::logs(alphabet);
    logs_.upload(logs.data(), stream_.get());
    cuda_check(cudaStreamSynchronize(stream_.get()), "copying the law");
  }
  [[nodiscard]] const OracleTraits& traits() const override { return given; }
  void expand(const CudaOracleBatch& batch, float* log_ratio, cuda::Stream stream) override {
    if (throws_at != 0 && ++calls_ == throws_at) throw std::runtime_error("out of tokens");
    constexpr unsigned kThreads = 128;
    cudaLaunchConfig_t config{};
    config.gridDim = (batch.size * given.alphabet + kThreads - 1) / kThreads;
    config.blockDim = kThreads;
    config.stream = stream;
    cuda_check(
        cudaLaunchKernelEx(&config, law_kernel, HashLaw{given.alphabet, logs_.data()}, batch.size,
                           batch.depth, batch.prefix, batch.prefix_stride, log_ratio),
        "launching the law");
  }
  OracleTraits given;
  std::uint64_t throws_at = 0;

 private:
  kernels::Stream stream_;
  DeviceArray<float> logs_;
  std::uint64_t calls_ = 0;
};

struct Draws final : public SampleSink {
  void put(const SampleRows& rows) override {
    for (std::uint64_t i = 0; i < rows.count; ++i) log_mass[rows.row + i] = rows.log_mass[i];
    const auto* symbols = rows.symbols;
    for (std::uint64_t i = 0; i < rows.count * horizon; ++i)
      drawn[rows.row * horizon + i] = symbols[i];
  }
  Draws(std::uint64_t samples, std::uint32_t length)
      : horizon(length), log_mass(samples), drawn(samples * length) {}
  std::uint64_t horizon;
  std::vector<double> log_mass;
  std::vector<std::uint32_t> drawn;
};

TEST_F(CudaLockstep, OraclesOnTheDeviceDrawWhatTheSameLawDrawsOnTheHost) {
  for (const Algorithm algorithm : kAlgorithms) {
    for (const auto& [alphabet, end] :
         {std::tuple{4U, std::vector<std::uint32_t>{1U}}, {37U, {}}}) {
      SampleOptions options;
      options.algorithm = algorithm;
      options.samples = 60;
      options.chains = 20;
      options.seed = 3;
      options.threads = 1;
      options.memo_bytes = 1U << 20U;
      if (algorithm == Algorithm::kSequential) {
        options.correction = Correction::kWeight;
      } else {
        options.visits = Visits::kFixed;
        options.fixed_visits = 2;
      }
      const std::atomic<bool> stop{false};
      const auto host = make_oracle(std::make_shared<HostLaw>(alphabet, 5U, end));
      const auto device = make_oracle(std::make_shared<DeviceLaw>(alphabet, 5U, end));
      Draws expected(60, 5);
      options.backend = Backend::kCpu;
      const SampleResult on_host = sample(*host, options, &expected, stop);
      for (const Backend backend : {Backend::kCuda, Backend::kCpu}) {
        options.backend = backend;
        Draws draws(60, 5);
        const SampleResult result = sample(*device, options, &draws, stop);
        EXPECT_EQ(result.failure, "");
        EXPECT_EQ(result.backend, backend);
        EXPECT_EQ(draws.drawn, expected.drawn);
        EXPECT_EQ(draws.log_mass, expected.log_mass);
        EXPECT_EQ(result.oracle_use->evaluations, on_host.oracle_use->evaluations);
        EXPECT_EQ(result.oracle_use->batches, on_host.oracle_use->batches);
        EXPECT_GT(result.oracle_use->self_tested, 0U);
      }
    }
  }
}

TEST_F(CudaLockstep, WhatADeviceOracleThrowsEndsTheRun) {
  const auto law = std::make_shared<DeviceLaw>(5, 6);
  SampleOptions options;
  options.algorithm = Algorithm::kLifted;
  options.visits = Visits::kFixed;
  options.fixed_visits = 1;
  options.samples = 400;
  options.chains = 4;
  options.memo_bytes = 0;
  options.backend = Backend::kCuda;
  options.self_test = SelfTest::kOff;
  law->throws_at = 60;
  const std::atomic<bool> stop{false};
  Draws draws(400, 6);
  const SampleResult result = sample(*make_oracle(law), options, &draws, stop);
  EXPECT_EQ(result.failure, "oracle \"law\": out of tokens");
  EXPECT_GT(result.drawn, 3U);
  EXPECT_LT(result.drawn, 400U);
}

TEST_F(CudaLockstep, RefusesTraitsThatNoDeviceOracleHas) {
  const auto refused = [](OracleTraits traits) {
    const auto law = std::make_shared<DeviceLaw>(5, 6);
    law->given = std::move(traits);
    try {
      static_cast<void>(make_oracle(law));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  OracleTraits masses = law_traits(5, 6, {});
  masses.rows = RowKind::kMass;
  EXPECT_EQ(refused(masses), "oracle \"law\": rows: on a device they are log ratios");
  OracleTraits several = law_traits(5, 6, {});
  several.contexts = 2;
  EXPECT_EQ(refused(several), "oracle \"law\": contexts: on a device there is one");
}

}  // namespace
}  // namespace wend
