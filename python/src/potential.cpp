#include "python/src/potential.hpp"

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "python/src/array_rows.hpp"
#include "python/src/batch.hpp"
#include "python/src/callback.hpp"
#include "python/src/keywords.hpp"
#include "wend/error.hpp"

namespace wend::python {
namespace {

/// A potential whose values a Python function gives.
class FunctionPotential final : public Potential {
 public:
  FunctionPotential(Callback evaluate, PotentialTraits traits)
      : evaluate_(std::move(evaluate)), traits_(std::move(traits)) {}

  [[nodiscard]] const PotentialTraits& traits() const override { return traits_; }

  void evaluate(std::uint32_t /*context*/, const OracleBatch& batch, const std::uint32_t* /*end*/,
                const PotentialRows& rows) override {
    evaluate_(Batch(batch), [&](const nb::object& answer) {
      if (!nb::isinstance<nb::tuple>(answer) || nb::len(answer) != 2)
        throw Error(ErrorKind::kRuntime,
                    "a potential must return two arrays, of the children's and of the nodes' own "
                    "logarithms");
      read_matrix("ln V of the children", answer[0], batch.size, traits_.alphabet, rows.children);
      read_vector("ln V of the nodes", answer[1], batch.size, rows.own);
      for (std::uint32_t i = 0; i < batch.size; ++i)
        if (batch.depth[i] == 0 && rows.own[i] != 0)
          throw Error(ErrorKind::kRuntime,
                      fmt::format("V of the root must be 1, its logarithm 0, not {}", rows.own[i]));
    });
  }

 private:
  Callback evaluate_;
  PotentialTraits traits_;
};

PyPotential of_function(const nb::object& evaluate, bool never_rises, const std::string& name) {
  return {[=](const SequenceShape& shape, const std::shared_ptr<Callbacks>& callbacks) {
    PotentialTraits traits;
    traits.name = name;
    traits.alphabet = shape.alphabet;
    traits.horizon = shape.horizon;
    traits.never_rises = never_rises;
    return std::make_shared<FunctionPotential>(Callback(evaluate, "evaluate", callbacks),
                                               std::move(traits));
  }};
}

using Pattern = std::vector<std::uint32_t>;

/// Symbols, or where symbols stand for bytes a string in UTF-8 or bytes.
Pattern pattern_of(nb::handle pattern, const SequenceShape& shape) {
  const bool text = nb::isinstance<nb::str>(pattern);
  if (!text && !nb::isinstance<nb::bytes>(pattern)) {
    nb::dict holder;
    holder["pattern"] = pattern;
    const std::vector<std::uint64_t> symbols = Keywords(holder).integers(
        "pattern", 0, shape.symbol_bytes.empty() ? shape.alphabet - 1 : 255);
    return {symbols.begin(), symbols.end()};
  }
  if (shape.symbol_bytes.empty())
    throw Error(ErrorKind::kUsage,
                "a pattern is text, but it is not said what bytes the symbols stand for "
                "(symbol_bytes)");
  Pattern bytes;
  const nb::object encoded = text ? pattern.attr("encode")("utf-8") : nb::borrow(pattern);
  for (const nb::handle byte : encoded) bytes.push_back(nb::cast<std::uint32_t>(byte));
  return bytes;
}

PyPotential of_substrings(const nb::object& forbid, const nb::object& require) {
  return {[=](const SequenceShape& shape, const std::shared_ptr<Callbacks>&) {
    const auto patterns = [&shape](const nb::object& list) {
      std::vector<Pattern> all;
      for (const nb::handle pattern : list) all.push_back(pattern_of(pattern, shape));
      return all;
    };
    const std::uint32_t letters = shape.symbol_bytes.empty() ? shape.alphabet : 256;
    return make_automaton_potential(
        substring_automaton(letters, patterns(forbid), patterns(require)), shape, "substrings");
  }};
}

PyPotential of_expression(const std::string& pattern) {
  return {[=](const SequenceShape& shape, const std::shared_ptr<Callbacks>&) {
    if (shape.symbol_bytes.empty())
      throw Error(ErrorKind::kUsage,
                  "a regular expression needs symbol_bytes: what bytes the symbols stand for");
    return make_automaton_potential(regular_expression(pattern), shape, "regular expression");
  }};
}

PyPotential of_length(std::uint32_t least, std::uint32_t most) {
  return {[=](const SequenceShape& shape, const std::shared_ptr<Callbacks>&) {
    return make_length_potential(shape, least, most);
  }};
}

}  // namespace

void bind_potential(nb::module_& module) {
  nb::class_<PyPotential>(module, "Potential",
                          "A factor of a target beside its base: see substrings(), "
                          "regular_expression(), length() and potential().");
  module.def("potential", &of_function);
  module.def("substrings", &of_substrings);
  module.def("regular_expression", &of_expression);
  module.def("length", &of_length);
}

}  // namespace wend::python
