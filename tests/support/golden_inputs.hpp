#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "host/files/npy_header.hpp"
#include "tests/support/temporary_folder.hpp"

namespace wend::testing {

/// The instances of the golden runs, and the files that they name. Their bytes are fixed: integers
/// of a generator that the C++ standard fixes, and quotients that every machine rounds alike.
class GoldenInputs {
 public:
  /// Writes them all into the folder.
  explicit GoldenInputs(const TemporaryFolder& folder) : folder_(folder) {
    add_trees();
    add_knapsacks();
    add_ngrams();
    add_families();
    add_lists();
  }

 private:
  using Json = nlohmann::json;

  struct Shape {
    std::uint64_t alphabet;
    std::uint64_t horizon;

    [[nodiscard]] std::uint64_t nodes(std::uint64_t depth) const {
      std::uint64_t nodes = 1;
      for (std::uint64_t h = 0; h < depth; ++h) nodes *= alphabet;
      return nodes;
    }
  };

  std::uint64_t below(std::uint64_t bound) { return integers_() % bound; }

  static Json noise(const char* model, double kappa, std::uint64_t seed) {
    return {{"kind", "noise"}, {"model", model}, {"kappa", kappa}, {"seed", seed}};
  }
  static Json exact() { return Json::object({{"kind", "exact"}}); }

  static Json with_estimate(Json instance, const Json& estimate) {
    instance["estimate"] = estimate;
    return instance;
  }

  void write(const std::string& name, std::string_view bytes) const {
    static_cast<void>(folder_.add(name, bytes));
  }

  /// Writes NAME.json.
  void add(const std::string& name, const Json& instance) const {
    write(name + ".json", instance.dump() + "\n");
  }

  template <class T>
  void add_array(const std::string& name, NpyType type, const std::vector<std::uint64_t>& shape,
                 const std::vector<T>& values) const {
    std::string bytes = npy_header(type, shape);
    const std::size_t header = bytes.size();
    bytes.resize(header + values.size() * sizeof(T));
    std::memcpy(bytes.data() + header, values.data(), values.size() * sizeof(T));
    write(name, bytes);
  }

  /// Integers below 900, one in eight of them 0; where A is odd the third node of depth 2 is a dead
  /// end.
  std::vector<std::uint16_t> leaf_masses(const Shape& shape) {
    std::vector<std::uint16_t> masses(shape.nodes(shape.horizon));
    for (std::uint16_t& mass : masses)
      mass = static_cast<std::uint16_t>(below(8) == 0 ? 0 : below(900));
    const std::uint64_t below_node = shape.nodes(shape.horizon - 2);
    for (std::uint64_t i = 2 * below_node; shape.alphabet % 2 == 1 && i < 3 * below_node; ++i)
      masses[i] = 0;
    return masses;
  }

  /// Breadth-first: the exact masses, but above the leaves from 1 to 2 times as much, and something
  /// where there is nothing.
  std::vector<double> estimates(const Shape& shape, const std::vector<std::uint16_t>& leaves) {
    std::vector<double> values;
    for (std::uint64_t depth = 0; depth <= shape.horizon; ++depth) {
      const std::uint64_t leaves_each = shape.nodes(shape.horizon - depth);
      for (std::uint64_t node = 0; node < shape.nodes(depth); ++node) {
        std::uint64_t mass = 0;
        for (std::uint64_t i = 0; i < leaves_each; ++i) mass += leaves[node * leaves_each + i];
        if (depth < shape.horizon) mass = mass == 0 ? 1800 : mass * (8 + below(9));
        values.push_back(static_cast<double>(mass) / (depth < shape.horizon ? 8 : 1));
      }
    }
    return values;
  }

  void add_trees() {
    constexpr std::array kShapes = {Shape{2, 9}, Shape{3, 5}, Shape{4, 4}, Shape{5, 3},
                                    Shape{27, 2}};
    for (const Shape& shape : kShapes) {
      const std::string name = "tree" + std::to_string(shape.alphabet);
      const auto masses = leaf_masses(shape);
      const auto values = estimates(shape, masses);
      add_array(name + "-masses.npy", NpyType::kU2, {masses.size()}, masses);
      add_array(name + "-file.npy", NpyType::kF8, {values.size()}, values);
      Json tree = {{"wend", 1},
                   {"kind", "tree"},
                   {"alphabet", shape.alphabet},
                   {"horizon", shape.horizon},
                   {"leaf_mass", masses}};
      add(name + "-exact", with_estimate(tree, exact()));
      add(name + "-sign", with_estimate(tree, noise("sign", 1.5, shape.alphabet)));
      tree["leaf_mass"] = name + "-masses.npy";
      add(name + "-iid", with_estimate(tree, noise("iid", 1.5, 7)));
      add(name + "-file", with_estimate(tree, {{"kind", "file"}, {"path", name + "-file.npy"}}));
    }
    add_large_tree("tree2-tall", {2, 14});
    add_large_tree("tree300", {300, 2});
  }

  void add_large_tree(const std::string& name, const Shape& shape) {
    const auto masses = leaf_masses(shape);
    add_array(name + "-masses.npy", NpyType::kU2, {masses.size()}, masses);
    add(name, {{"wend", 1},
               {"kind", "tree"},
               {"alphabet", shape.alphabet},
               {"horizon", shape.horizon},
               {"leaf_mass", name + "-masses.npy"},
               {"estimate", noise("sign", 1.25, 11)}});
  }

  Json knapsack(std::uint64_t items, std::uint64_t heaviest, std::uint64_t capacity) {
    Json weights = Json::array();
    for (std::uint64_t i = 0; i < items; ++i) weights.push_back(1 + below(heaviest));
    return {{"wend", 1},
            {"kind", "knapsack"},
            {"weights", weights},
            {"capacity", capacity},
            {"estimate", exact()}};
  }

  Json with_values(Json knapsack) {
    Json values = Json::array();
    for (std::size_t i = 0; i < knapsack["weights"].size(); ++i)
      values.push_back(static_cast<double>(below(400)) / 100);
    knapsack["values"] = values;
    knapsack["temperature"] = 0.5;
    return knapsack;
  }

  void add_knapsacks() {
    const Json small = knapsack(20, 40, 200);
    const Json valued = with_values(small);
    const Json large = knapsack(36, 3'000'000'000, 20'000'000'000);
    add("knapsack-exact", small);
    add("knapsack-exact-values", valued);
    add("knapsack-iid", with_estimate(small, noise("iid", 1.3, 5)));
    add("knapsack-sign-values", with_estimate(valued, noise("sign", 1.3, 6)));
    add("knapsack-rounded", with_estimate(large, {{"kind", "rounded"}, {"kappa", 2}}));
    add("knapsack-rounded-values",
        with_estimate(with_values(large), {{"kind", "rounded"}, {"kappa", 4}}));
  }

  /// A text file of 400 words of 2 to 8 letters.
  void add_words(const std::string& name, const std::vector<std::string_view>& letters) {
    std::string text;
    for (int word = 0; word < 400; ++word) {
      for (std::uint64_t left = 2 + below(7); left > 0; --left)
        text += letters[std::min(below(letters.size()), below(letters.size()))];
      text += '\n';
    }
    write(name, text);
  }

  /// One row of A weights for each of the histories.
  void add_transition(const std::string& name, std::uint64_t histories, std::uint64_t alphabet) {
    std::vector<double> weights(histories * alphabet);
    for (double& weight : weights) weight = static_cast<double>(1 + below(60)) / 4;
    add_array(name, NpyType::kF8, {histories, alphabet}, weights);
  }

  static Json chain(const char* transition, std::uint64_t order, std::uint64_t horizon) {
    return {{"wend", 1},
            {"kind", "ngram"},
            {"transition", transition},
            {"order", order},
            {"horizon", horizon},
            {"forbid", Json::array({Json::array({0, 1, 0})})},
            {"require", Json::array({Json::array({1, 1})})},
            {"estimate", exact()}};
  }

  void add_ngrams() {
    add_words("words4.txt", {"a", "b", "c"});
    add_words("words4-too.txt", {"c", "b", "a"});
    add_words("words10.txt", {"a", "b", "c", "d", "e", "f", "g", "h", "\u00e9"});
    const Json lookahead = {{"kind", "lookahead"}, {"depth", 2}};
    for (const std::string name : {"4", "10"}) {
      const Json words = {{"wend", 1},
                          {"kind", "ngram"},
                          {"corpus", "words" + name + ".txt"},
                          {"order", 3},
                          {"horizon", 8},
                          {"smoothing", 0.25},
                          {"forbid", {"ab", "cca"}},
                          {"require", Json::array({"ca"})}};
      add("words" + name + "-exact", with_estimate(words, exact()));
      add("words" + name + "-iid", with_estimate(words, noise("iid", 1.4, 9)));
      add("words" + name + "-lookahead", with_estimate(words, lookahead));
    }
    add_transition("chain2.npy", 8, 2);
    add_transition("chain3.npy", 9, 3);
    add_transition("chain7.npy", 7, 7);
    add("chain2-lookahead", with_estimate(chain("chain2.npy", 4, 20), lookahead));
    add("chain3-sign", with_estimate(chain("chain3.npy", 3, 12), noise("sign", 1.2, 3)));
    add("chain7-exact", chain("chain7.npy", 2, 12));
    add("chain7-sign", with_estimate(chain("chain7.npy", 2, 12), noise("sign", 1.2, 4)));
  }

  void add_family(const std::string& name, std::uint64_t horizon, const Json& family,
                  const Json& estimate) const {
    add(name, {{"wend", 1},
               {"kind", "class"},
               {"horizon", horizon},
               {"truth", 1},
               {"family", family},
               {"estimate", estimate}});
  }

  void add_families() const {
    const Json iid = noise("iid", 1.2, 2);
    const auto family = [](const char* kind, std::uint64_t count, std::uint64_t alphabet) {
      return Json{{"kind", kind}, {"count", count}, {"seed", 5}, {"alphabet", alphabet}};
    };
    Json product = family("product", 256, 2);
    product["gamma"] = 0.25;
    add_family("class-product2", 20, product, iid);
    product = family("product", 60, 5);
    product["gamma"] = 0.5;
    add_family("class-product5", 10, product, noise("sign", 1.5, 4));
    add_family("class-markov2", 16, family("markov", 100, 2), exact());
    add_family("class-markov3", 12, family("markov", 40, 3), noise("sign", 1.3, 8));
    // So little in each needle that versions are certified with many members left.
    Json needle = family("needle", 512, 2);
    needle["depth"] = 12;
    needle["mass"] = 0.0005;
    add_family("class-needle2", 14, needle, iid);
    add_family("class-needle3", 12, family("needle", 200, 3), iid);
    const Json random = {{"alphabet", 4}, {"order", 2}, {"seed", 3}};
    const Json corpus = {{"corpus", "words4.txt"}, {"order", 3}, {"smoothing", 0.5}};
    Json adapters = {{"kind", "adapters"}, {"count", 64}, {"seed", 1}, {"base", random}};
    add_family("class-adapters", 10, adapters, iid);
    adapters["base"] = corpus;
    adapters["rank"] = 3;
    add_family("class-adapters-words", 8, adapters, noise("sign", 1.1, 1));
    add_family("class-corpora", 8,
               {{"kind", "corpora"},
                {"corpora", {"words4.txt", "words4-too.txt", "words10.txt"}},
                {"order", 2},
                {"smoothing", 0.5}},
               iid);
  }

  /// Members given one by one; another instance in the oracle's place, which is among them or not.
  void add_lists() {
    Json sequences = chain("chain2.npy", 4, 9);
    Json list = {{"wend", 1},
                 {"kind", "class"},
                 {"members", {"tree2-exact.json", knapsack(9, 20, 60), sequences}},
                 {"truth", 2},
                 {"estimate", noise("iid", 1.2, 2)}};
    add("class-list", list);
    list.erase("truth");
    list.erase("estimate");
    list["oracle"] = "tree2-iid.json";
    add("class-oracle", list);
    const Json product = {{"kind", "product"}, {"count", 50}, {"seed", 2}, {"gamma", 0.25}};
    add("class-stranger", {{"wend", 1},
                           {"kind", "class"},
                           {"horizon", 9},
                           {"family", product},
                           {"oracle", "tree2-iid.json"}});
  }

  const TemporaryFolder& folder_;
  std::mt19937_64 integers_{20260601};
};

}  // namespace wend::testing
