#include "python/src/oracle.hpp"

#include <nanobind/stl/string.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "python/src/array_rows.hpp"
#include "python/src/batch.hpp"
#include "python/src/callback.hpp"
#include "python/src/cuda_oracle.hpp"
#include "python/src/keywords.hpp"
#include "python/src/potential.hpp"
#include "python/src/run_options.hpp"
#include "wend/error.hpp"
#include "wend/oracle.hpp"
#include "wend/potential.hpp"

namespace wend::python {
namespace {

constexpr std::uint64_t kMostAlphabet = 262'144;
constexpr std::uint64_t kMostHorizon = 65'535;
constexpr std::uint64_t kMostBuckets = 262'144;

/// Python functions, one a context.
class FunctionOracle final : public BatchOracle {
 public:
  FunctionOracle(std::vector<Callback> expand, OracleTraits traits,
                 std::vector<double> bucket_features)
      : expand_(std::move(expand)),
        traits_(std::move(traits)),
        bucket_features_(std::move(bucket_features)) {}

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  [[nodiscard]] std::vector<double> bucket_features() const override { return bucket_features_; }

  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    expand_[context](Batch(batch), [&](const nb::object& answer) { read(answer, batch, rows); });
  }

 private:
  void read(const nb::object& answer, const OracleBatch& batch, const OracleRows& rows) const {
    const bool logs = traits_.rows == RowKind::kLogRatio;
    const bool named = traits_.buckets > 0;
    const std::size_t wanted = (logs ? 1U : 2U) + (named ? 2U : 0U);
    if (wanted > 1 && (!nb::isinstance<nb::tuple>(answer) || nb::len(answer) != wanted))
      throw Error(ErrorKind::kRuntime,
                  std::string("an oracle of ") + (logs ? "log ratios" : "masses") +
                      (named ? " with buckets" : "") + " must return " +
                      (logs ? "the rows" : "two arrays, the children's and the nodes' own") +
                      (named ? ", the children's buckets and the nodes' own" : ""));
    const nb::object first = wanted > 1 ? nb::object(answer[0]) : answer;
    if (logs) {
      read_matrix("log ratios", first, batch.size, traits_.alphabet, rows.log_ratio);
    } else {
      read_matrix("masses of the children", first, batch.size, traits_.alphabet, rows.mass);
      read_vector("masses of the nodes", answer[1], batch.size, rows.own);
    }
    if (rows.bucket == nullptr) return;
    read_numbers("buckets of the children", answer[wanted - 2], batch.size, traits_.alphabet,
                 rows.bucket);
    read_numbers("buckets of the nodes", answer[wanted - 1], batch.size, 1, rows.own_bucket);
  }

  std::vector<Callback> expand_;
  OracleTraits traits_;
  std::vector<double> bucket_features_;
};

std::string bytes_of(nb::handle value) {
  const nb::object bytes =
      nb::isinstance<nb::str>(value) ? value.attr("encode")("utf-8") : nb::borrow(value);
  if (!nb::isinstance<nb::bytes>(bytes))
    throw Error(ErrorKind::kUsage, "symbol_bytes", "must be bytes or strings, one a symbol");
  const auto text = nb::cast<nb::bytes>(bytes);
  return {text.c_str(), text.size()};
}

OracleTraits traits_of(const Keywords& options) {
  OracleTraits traits;
  if (options.has("name")) traits.name = options.text("name");
  traits.alphabet = static_cast<std::uint32_t>(options.integer("alphabet", 2, kMostAlphabet));
  traits.horizon = static_cast<std::uint32_t>(options.integer("horizon", 1, kMostHorizon));
  const std::string rows = options.text("rows");
  if (rows != "log_ratio" && rows != "mass")
    throw Error(ErrorKind::kUsage, "rows", "'" + one_line(rows) + "' is not log_ratio or mass");
  traits.rows = rows == "mass" ? RowKind::kMass : RowKind::kLogRatio;
  for (const std::uint64_t symbol : options.integers("end", 0, traits.alphabet - 1))
    traits.end.push_back(static_cast<std::uint32_t>(symbol));
  options.read_number(
      "kappa", "of at least 1", [](double x) { return std::isfinite(x) && x >= 1; }, traits.kappa);
  if (options.has("kappa_by_depth")) traits.kappa_by_depth = options.numbers("kappa_by_depth");
  if (options.has("kappa_why")) traits.kappa_why = options.text("kappa_why");
  if (options.has("ratio_bound")) traits.ratio_bound = options.numbers("ratio_bound");
  options.read_integer("max_batch", 0, kMost32, traits.max_batch);
  options.read_integer("most_slots", 0, kMost64, traits.most_slots);
  options.read_integer("buckets", 0, kMostBuckets, traits.buckets);
  if (options.has("bucket_why")) traits.bucket_why = options.text("bucket_why");
  if (options.has("symbol_names"))
    for (const nb::handle name : options.at("symbol_names")) {
      if (!nb::isinstance<nb::str>(name))
        throw Error(ErrorKind::kUsage, "symbol_names", shown(name) + " is not a string");
      traits.symbol_names.push_back(text_of(name));
    }
  if (options.has("symbol_bytes"))
    for (const nb::handle symbol : options.at("symbol_bytes"))
      traits.symbol_bytes.push_back(bytes_of(symbol));
  return traits;
}

PyInstance guided(PyInstance made, std::shared_ptr<BatchOracle> base, const nb::list& potentials,
                  const SequenceShape& shape) {
  std::vector<std::shared_ptr<Potential>> factors;
  for (const nb::handle potential : potentials) {
    if (!nb::isinstance<PyPotential>(potential))
      throw Error(ErrorKind::kUsage, "potentials", shown(potential) + " is no potential");
    factors.push_back(nb::cast<const PyPotential&>(potential).make(shape, made.callbacks));
  }
  made.instance = make_guided(std::move(base), std::move(factors));
  return made;
}

PyInstance make(const nb::list& expand, const nb::list& potentials, const nb::dict& keywords,
                const std::string& device) {
  PyInstance made;
  const Keywords options(keywords);
  OracleTraits traits = traits_of(options);
  std::vector<double> features;
  if (options.has("bucket_features")) features = options.numbers("bucket_features");
  std::vector<Callback> functions;
  for (const nb::handle function : expand)
    functions.emplace_back(function, "expand", made.callbacks);
  if (functions.empty()) throw Error(ErrorKind::kUsage, "expand", "is an empty list");
  if (!device.empty() && device != "cuda")
    throw Error(ErrorKind::kUsage, "device", "'" + one_line(device) + "' is not cuda");
  traits.contexts = static_cast<std::uint32_t>(functions.size());
  const SequenceShape shape{traits.alphabet, traits.horizon, traits.end, traits.symbol_bytes};
  if (!device.empty()) {
    if (functions.size() > 1 || traits.rows != RowKind::kLogRatio || traits.buckets > 0 ||
        !features.empty())
      throw Error(ErrorKind::kUsage, "device",
                  "cuda: is for one function of log ratios, without buckets or features");
    auto on_device = make_device_oracle(std::move(functions[0]), std::move(traits));
    if (nb::len(potentials) == 0) {
      made.instance = make_oracle(std::move(on_device));
      return made;
    }
    return guided(std::move(made), ask_device_from_host(std::move(on_device)), potentials, shape);
  }
  auto oracle = std::make_shared<FunctionOracle>(std::move(functions), std::move(traits),
                                                 std::move(features));
  if (nb::len(potentials) == 0) {
    made.instance = make_oracle(std::move(oracle));
    return made;
  }
  return guided(std::move(made), std::move(oracle), potentials, shape);
}

}  // namespace

void bind_oracle(nb::module_& module) { module.def("oracle", &make); }

}  // namespace wend::python
