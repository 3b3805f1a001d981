// A neural oracle's rows are a function of the prefix, bit for bit: in any batch, slot, company and
// context, after any other prefix, whether its states are still there or were given up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "host/instances/neural/model.hpp"
#include "host/oracles/neural/neural_oracle.hpp"
#include "host/oracles/neural/state_pool.hpp"
#include "tests/support/neural_models.hpp"

namespace wend::test {
namespace {

using Prefix = std::vector<std::uint32_t>;

constexpr std::uint32_t kAlphabet = 5;
constexpr std::uint32_t kHorizon = 8;

/// Slots that go down and up as chains do.
class Slots {
 public:
  explicit Slots(std::size_t count) : prefixes_(count), known_(count, 0) {}

  void move(std::size_t slot, std::mt19937& random) {
    Prefix& prefix = prefixes_[slot];
    const std::size_t keep = random() % 3 == 0 ? random() % (prefix.size() + 1) : prefix.size();
    prefix.resize(keep);
    known_[slot] = static_cast<std::uint32_t>(keep);
    const std::size_t more = random() % 4 == 0 ? 3 : 1;
    for (std::size_t i = 0; i < more && prefix.size() + 1 < kHorizon; ++i)
      prefix.push_back(static_cast<std::uint32_t>(random() % kAlphabet));
  }
  [[nodiscard]] const Prefix& prefix(std::size_t slot) const { return prefixes_[slot]; }
  [[nodiscard]] std::uint32_t known(std::size_t slot) const { return known_[slot]; }

 private:
  std::vector<Prefix> prefixes_;
  std::vector<std::uint32_t> known_;
};

/// Keys of an instance over a model; what it refers to lives as long as the tests.
JsonReader model_reader(const std::string& name) {
  static std::map<std::string, nlohmann::json> documents;
  const auto [found, fresh] = documents.try_emplace(name);
  if (fresh) {
    found->second["model"] = (neural_model(name) / "model.safetensors").string();
    nlohmann::json& config = found->second["architecture"];
    config = json_file(neural_model(name) / "config.json");
    config.erase("max_position_embeddings");  // sequences here are longer
  }
  return {"instance.json", "", found->second};
}

/// An oracle in little memory.
struct LimitedOracle {
  LimitedOracle(const std::string& name, std::uint32_t horizon, std::uint64_t available) {
    NeuralTarget target;
    target.alphabet = kAlphabet;
    target.horizon = horizon;
    target.prompt = {1, 4, 2};
    const auto network = std::shared_ptr<const Network>(
        NeuralModel(model_reader(name))
            .load(static_cast<std::uint32_t>(target.prompt.size()) + horizon - 1));
    memory = neural_memory(*network, target, {1}, available);
    oracle = make_neural_oracle(network, target, memory);
  }
  NeuralMemory memory;
  std::shared_ptr<BatchOracle> oracle;
};

/// A network that throws when it is told to.
class FailingNetwork final : public Network {
 public:
  explicit FailingNetwork(std::shared_ptr<const Network> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] std::uint32_t hidden_size() const override { return inner_->hidden_size(); }
  [[nodiscard]] std::uint64_t state_floats() const override { return inner_->state_floats(); }
  [[nodiscard]] bool one_at_a_time() const override { return inner_->one_at_a_time(); }
  [[nodiscard]] bool looks_back() const override { return inner_->looks_back(); }
  [[nodiscard]] std::uint64_t workspace_floats(std::uint32_t rows) const override {
    return inner_->workspace_floats(rows);
  }
  void read(std::span<const NetworkRow> rows, float* workspace,
            NetworkOperations& operations) const override {
    if (fails) throw Error(ErrorKind::kRuntime, "told to");
    inner_->read(rows, workspace, operations);
  }
  [[nodiscard]] const PackedMatrix& embedding() const override { return inner_->embedding(); }
  [[nodiscard]] const PackedMatrix& head() const override { return inner_->head(); }
  [[nodiscard]] std::vector<const PackedMatrix*> matrices() const override {
    return inner_->matrices();
  }
  [[nodiscard]] std::vector<std::span<const float>> parameters() const override {
    return inner_->parameters();
  }
  [[nodiscard]] std::string description() const override { return inner_->description(); }

  bool fails = false;

 private:
  std::shared_ptr<const Network> inner_;
};

TEST(NeuralBatch, RowsDependOnThePrefixAlone) {
  for (const std::string name : kNeuralModels) {
    const auto instance = neural_instance(name);
    const auto alone = neural_instance(name);
    const auto oracle = oracle_of(*instance);
    const auto other = oracle_of(*alone);
    std::map<Prefix, std::vector<float>> rows;
    std::mt19937 random(7);
    Slots slots(200);
    for (int call = 0; call < 40; ++call) {
      const std::size_t size = call % 5 == 0 ? 1 : 1 + random() % 180;
      std::vector<std::uint32_t> in_batch;
      for (std::uint32_t slot = 0; slot < 200; ++slot) in_batch.push_back(slot);
      std::ranges::shuffle(in_batch, random);
      in_batch.resize(size);
      std::vector<Prefix> prefixes;
      std::vector<std::uint32_t> known;
      for (const std::uint32_t slot : in_batch) {
        slots.move(slot, random);
        prefixes.push_back(slots.prefix(slot));
        known.push_back(slots.known(slot));
      }
      const std::vector<float> found =
          rows_of(*oracle, prefixes, in_batch, known,
                  static_cast<std::uint32_t>(call) % oracle->traits().contexts);
      for (std::size_t i = 0; i < size; ++i) {
        auto& row = rows[prefixes[i]];
        if (row.empty()) row = row_of(*other, prefixes[i]);
        for (std::size_t c = 0; c < kAlphabet; ++c)
          ASSERT_EQ(found[i * kAlphabet + c], row[c])
              << name << ", call " << call << ", node " << i;
      }
    }
    EXPECT_GT(rows.size(), 500U);
  }
}

TEST(StatePool, KnowsWhatASlotHasInCommonWithItsLastPrefix) {
  std::vector<float> states(StatePool::floats(2, 4, 3));
  StatePool pool(2, 4, 3, states.data());
  const auto find = [&](std::uint32_t slot, const Prefix& prefix) {
    pool.begin_call();
    return pool.find(slot, prefix);
  };
  const StatePool::Found first = find(9, {1, 2, 3});
  EXPECT_EQ(first.known, 0U);
  EXPECT_EQ(find(9, {1, 2, 3, 4}).known, 3U);
  EXPECT_EQ(find(9, {1, 2}).known, 2U);
  EXPECT_EQ(find(9, {1, 2, 3}).known, 2U);  // what was below is gone
  EXPECT_EQ(find(9, {1, 0}).known, 1U);
  EXPECT_EQ(find(9, {1, 0}).states, first.states);
  EXPECT_EQ(find(7, {1, 0}).known, 0U);
  EXPECT_EQ(find(9, {1, 0}).known, 2U);
  EXPECT_EQ(find(5, {1}).known, 0U);  // in place of 9, the last one
  EXPECT_EQ(find(7, {1, 0}).known, 2U);
  EXPECT_EQ(find(9, {1, 0}).known, 0U);
  pool.forget();
  EXPECT_EQ(find(9, {1, 0}).known, 0U);
}

// Of n slots in turns and m places m / n are found; a call keeps all that it found; slots that are
// not asked for any more make room.
TEST(StatePool, KeepsTheFirstSlotsOfTurns) {
  constexpr std::uint32_t kPlaces = 32;
  std::vector<float> states(StatePool::floats(kPlaces, 2, 1));
  StatePool pool(kPlaces, 2, 1, states.data());
  const auto turn = [&](std::uint32_t first, std::uint32_t slots, std::uint32_t batch) {
    std::uint32_t found = 0;
    for (std::uint32_t begin = 0; begin < slots; begin += batch) {
      pool.begin_call();
      std::set<float*> places;
      for (std::uint32_t slot = begin; slot < std::min(slots, begin + batch); ++slot) {
        const StatePool::Found place = pool.find(first + slot, Prefix{first + slot});
        found += place.known;
        places.insert(place.states);
      }
      EXPECT_EQ(places.size(), std::min(slots - begin, batch));
    }
    return found;
  };
  for (const std::uint32_t batch : {1U, 8U}) {
    pool.forget();
    std::uint32_t found = 0;
    for (int i = 0; i < 11; ++i) found += turn(0, 64, batch);
    EXPECT_GT(found, 10 * 22U) << batch;
    EXPECT_LE(found, 10 * 32U) << batch;
  }
  for (int i = 0; i < 20; ++i) turn(1000, 32, 8);
  EXPECT_EQ(turn(1000, 32, 8), 32U);
  pool.forget();
  turn(0, 32, 32);
  EXPECT_EQ(turn(0, 32, 32), 32U);
  EXPECT_EQ(turn(32, 32, 32), 0U);
}

/// Long sequences in few places, over several blocks, with calls in between that end in an error.
TEST(NeuralBatch, RowsDependOnThePrefixAloneWherePlacesAreGivenUp) {
  constexpr std::uint32_t kLong = 90;
  constexpr std::uint32_t kSlots = 200;
  for (const std::string name : {"gru", "lstm", "llama-tied", "qwen2"}) {
    const LimitedOracle limited(name, kLong, 0);
    ASSERT_EQ(limited.memory.slots, 1U) << name;
    const LimitedOracle few(name, kLong, 600'000);
    ASSERT_GE(few.memory.max_batch, 16U) << name;
    ASSERT_LT(few.memory.slots, kSlots) << name;
    const LimitedOracle other(name, kLong, 0);
    std::mt19937 random(11);
    std::vector<Prefix> prefixes(kSlots);
    for (int call = 0; call < 24; ++call) {
      std::vector<std::uint32_t> in_batch(kSlots);
      std::iota(in_batch.begin(), in_batch.end(), 0U);
      std::ranges::shuffle(in_batch, random);
      in_batch.resize(1 + random() % 16);
      std::vector<Prefix> asked;
      std::vector<std::uint32_t> known;
      for (const std::uint32_t slot : in_batch) {
        Prefix& prefix = prefixes[slot];
        const std::size_t keep = random() % (prefix.size() + 1);
        prefix.resize(random() % 3 == 0 ? keep : prefix.size());
        known.push_back(static_cast<std::uint32_t>(prefix.size()));
        const std::size_t more = random() % 2 == 0 ? 70 : 1;
        for (std::size_t i = 0; i < more && prefix.size() + 1 < kLong; ++i)
          prefix.push_back(static_cast<std::uint32_t>(random() % kAlphabet));
        asked.push_back(prefix);
      }
      const std::vector<float> found = rows_of(*few.oracle, asked, in_batch, known);
      for (std::size_t i = 0; i < asked.size(); ++i) {
        const std::vector<float> row = row_of(*other.oracle, asked[i]);
        for (std::size_t c = 0; c < kAlphabet; ++c)
          ASSERT_EQ(found[i * kAlphabet + c], row[c])
              << name << ", call " << call << ", node " << i;
        if (i == 0) {
          ASSERT_EQ(row_of(*limited.oracle, asked[i]), row) << name;
        }
      }
    }
  }
}

// What a call that failed was to read is not taken for read.
TEST(NeuralBatch, ACallThatFailsLeavesNothingBehind) {
  const auto inner =
      std::shared_ptr<const Network>(NeuralModel(model_reader("gru")).load(kHorizon + 3));
  const auto failing = std::make_shared<FailingNetwork>(inner);
  NeuralTarget target;
  target.alphabet = kAlphabet;
  target.horizon = kHorizon;
  target.prompt = {1, 4, 2};
  const auto oracle =
      make_neural_oracle(failing, target, neural_memory(*failing, target, {1}, 1'000'000));
  const auto other =
      make_neural_oracle(inner, target, neural_memory(*inner, target, {1}, 1'000'000));
  const Prefix first = {1, 2, 3};
  const Prefix second = {4, 4, 0, 1};
  EXPECT_EQ(row_of(*oracle, first), row_of(*other, first));
  failing->fails = true;
  EXPECT_THROW(row_of(*oracle, second), Error);
  failing->fails = false;
  EXPECT_EQ(row_of(*oracle, second), row_of(*other, second));
  EXPECT_EQ(row_of(*oracle, first), row_of(*other, first));
}

// Fewer contexts first, then fewer slots; what is stated grows with what is kept.
TEST(NeuralMemory, GivesUpContextsThenSlots) {
  const auto network =
      std::shared_ptr<const Network>(NeuralModel(model_reader("gru")).load(kHorizon + 3));
  NeuralTarget target;
  target.alphabet = kAlphabet;
  target.horizon = 1000;
  target.prompt = {1};
  std::uint32_t contexts = 4;
  std::uint64_t slots = std::uint64_t{1} << 40U;
  for (std::uint64_t available = std::uint64_t{1} << 34U; available > 1000; available /= 2) {
    const NeuralMemory memory = neural_memory(*network, target, {4}, available);
    EXPECT_LE(memory.contexts, contexts);
    EXPECT_LE(memory.slots, slots);
    EXPECT_GE(memory.slots, memory.contexts);
    EXPECT_EQ(memory.max_batch, std::min<std::uint64_t>(256, memory.slots / memory.contexts));
    if (memory.slots > memory.contexts) {
      EXPECT_LE(memory.slot * memory.slots + memory.workspace, available);
    }
    if (memory.contexts > 1) {
      EXPECT_GE(memory.max_batch, 16U);
    }
    contexts = memory.contexts;
    slots = memory.slots;
  }
  EXPECT_EQ(contexts, 1U);
  EXPECT_EQ(slots, 1U);
}

}  // namespace
}  // namespace wend::test
