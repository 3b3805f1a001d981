#include "python/src/instance.hpp"

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/base/printable.hpp"
#include "host/base/stopwatch.hpp"
#include "host/oracles/ask_rows.hpp"
#include "host/oracles/model_oracle.hpp"
#include "host/report/inspection.hpp"
#include "host/report/report.hpp"
#include "host/run/compile.hpp"
#include "python/src/keywords.hpp"
#include "python/src/new_array.hpp"
#include "wend/error.hpp"

namespace wend::python {
namespace {

using Array = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;

InstanceArray::Type type_of(const std::string& name, const Array& array) {
  using Type = InstanceArray::Type;
  using Code = nb::dlpack::dtype_code;
  const nb::dlpack::dtype type = array.dtype();
  const auto code = static_cast<Code>(type.code);
  const auto sized = [&type](Type of8, Type of16, Type of32, Type of64) {
    return type.bits == 8 ? of8 : type.bits == 16 ? of16 : type.bits == 32 ? of32 : of64;
  };
  if (code == Code::Float && type.bits == 32) return Type::kF4;
  if (code == Code::Float && type.bits == 64) return Type::kF8;
  if (code == Code::Int) return sized(Type::kI1, Type::kI2, Type::kI4, Type::kI8);
  if (code == Code::UInt) return sized(Type::kU1, Type::kU2, Type::kU4, Type::kU8);
  throw Error(ErrorKind::kInput, name + ": must be of float32, float64 or integers");
}

std::filesystem::path path_of(const nb::bytes& path) {
  return std::string(path.c_str(), path.size());
}

/// From a dictionary of NumPy arrays in C order.
PyInstance make(const std::string& json, const std::string& name, const nb::bytes& folder,
                const nb::dict& arrays, bool allow_plugins) {
  InstanceDocument document;
  document.json = json;
  document.name = name;
  document.folder = path_of(folder);
  for (const auto& [key, value] : arrays) {
    const std::string array_name = text_of(key);
    const auto array = nb::cast<Array>(value);  // as wend.instances makes them
    InstanceArray view;
    view.type = type_of(array_name, array);
    for (std::size_t i = 0; i < array.ndim(); ++i) view.shape.push_back(array.shape(i));
    view.data = array.data();
    document.arrays.emplace(array_name, std::move(view));
  }
  const nb::gil_scoped_release released;
  const Stopwatch watch;
  std::shared_ptr<const Instance> instance =
      make_instance(document, {.allow_plugins = allow_plugins});
  return {std::move(instance), watch.seconds()};
}

PyInstance load(const nb::bytes& file, bool allow_plugins) {
  const std::filesystem::path path = path_of(file);
  const nb::gil_scoped_release released;
  const Stopwatch watch;
  std::shared_ptr<const Instance> instance = load_instance(path, {.allow_plugins = allow_plugins});
  return {std::move(instance), watch.seconds()};
}

nb::object log_masses(const PyInstance& self,
                      const nb::ndarray<nb::ro, std::uint32_t, nb::ndim<2>, nb::c_contig,
                                        nb::device::cpu>& sequences) {
  const InstanceFacts& facts = self.instance->facts();
  if (sequences.shape(1) != facts.horizon)
    throw Error(ErrorKind::kUsage, "symbols",
                fmt::format("must be (n, {}), not (n, {})", facts.horizon, sequences.shape(1)));
  const std::size_t count = sequences.shape(0);
  const std::uint32_t* symbols = sequences.data();
  for (std::size_t i = 0; i < count * facts.horizon; ++i)
    if (symbols[i] >= facts.alphabet)
      throw Error(
          ErrorKind::kUsage, "symbols",
          fmt::format("{} is not below the alphabet's size, {}", symbols[i], facts.alphabet));
  NewArray<double> masses({count});
  {
    const nb::gil_scoped_release released;
    for (std::size_t i = 0; i < count; ++i)
      masses.data()[i] = self.instance->log_mass(symbols + i * facts.horizon);
  }
  return masses.give();
}

/// `rows`: count x A, of prefixes of `depth` symbols, in calls of as many as the oracle takes.
void ask_all(const Instance& instance, const std::uint32_t* symbols, std::size_t count,
             std::size_t depth, float* rows) {
  constexpr std::size_t kMostAtOnce = 64;
  const ModelOracle oracle = model_oracle(instance, kernels::Walk::kLifted, Correction::kNone);
  const auto held = hold(oracle);
  const OracleTraits& traits = oracle.model->traits();
  std::vector<std::span<const std::uint32_t>> prefixes;
  for (std::size_t i = 0; i < count; ++i) {
    prefixes.emplace_back(symbols + i * depth, depth);
    for (const std::uint32_t symbol : prefixes.back())
      if (std::ranges::count(traits.end, symbol) > 0)
        throw Error(ErrorKind::kUsage, "prefixes",
                    fmt::format("number {} goes on behind end symbol {}", i, symbol));
  }
  std::size_t most = traits.max_batch == 0 ? kMostAtOnce : traits.max_batch;
  if (traits.most_slots != 0) most = std::min<std::size_t>(most, traits.most_slots);
  for (std::size_t first = 0; first < count; first += most)
    ask_rows(*oracle.model, std::span(prefixes).subspan(first, std::min(most, count - first)),
             rows + first * traits.alphabet);
}

/// (n, A) of (n, d) prefixes.
nb::object rows(const PyInstance& self,
                const nb::ndarray<nb::ro, std::uint32_t, nb::ndim<2>, nb::c_contig,
                                  nb::device::cpu>& prefixes) {
  NewArray<float> found({prefixes.shape(0), self.instance->facts().alphabet});
  {
    const nb::gil_scoped_release released;
    ask_all(*self.instance, prefixes.data(), prefixes.shape(0), prefixes.shape(1), found.data());
  }
  return found.give();
}

/// The symbols after which a sequence is complete.
nb::tuple end_symbols(const PyInstance& self) {
  const InstanceFacts& facts = self.instance->facts();
  std::vector<std::uint32_t> end;
  if (facts.asked)
    end = self.instance->model(kernels::Walk::kLifted, Correction::kNone)->traits().end;
  else if (facts.kind == "ngram" && !facts.symbol_names.empty())
    end = {0};  // of words of a corpus
  return nb::tuple(nb::cast(end));
}

/// What symbols stand for, or nothing.
nb::list symbol_bytes(const PyInstance& self) {
  nb::list all;
  if (!self.instance->facts().asked) return all;
  const auto model = self.instance->model(kernels::Walk::kLifted, Correction::kNone);
  for (const std::string& bytes : model->traits().symbol_bytes)
    all.append(nb::bytes(bytes.data(), bytes.size()));
  return all;
}

std::string repr(const PyInstance& self) {
  const InstanceFacts& facts = self.instance->facts();
  return fmt::format("<wend.Instance: {} {}, {} symbols, horizon {}>", facts.kind,
                     printable(facts.path.empty() ? facts.estimate : facts.path), facts.alphabet,
                     facts.horizon);
}

nb::list symbol_names(const PyInstance& self) {
  nb::list names;
  for (const std::string& name : self.instance->facts().symbol_names)
    names.append(nb::steal(
        PyUnicode_DecodeUTF8(name.data(), static_cast<Py_ssize_t>(name.size()), "replace")));
  return names;
}

// An object that keeps its oracle, whose function is one of the object's methods, is a circle that
// the garbage collector must see.
int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  for (const nb::object& function : nb::inst_ptr<PyInstance>(self)->callbacks->functions)
    Py_VISIT(function.ptr());
  return 0;
}

int clear(PyObject* self) {
  // Moved away first: what is let go may come back here.
  std::vector<nb::object> functions;
  functions.swap(nb::inst_ptr<PyInstance>(self)->callbacks->functions);
  return 0;
}

PyType_Slot kSlots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                        {Py_tp_clear, reinterpret_cast<void*>(clear)},
                        {0, nullptr}};

}  // namespace

void bind_instance(nb::module_& module) {
  nb::class_<PyInstance>(module, "Instance", nb::dynamic_attr(), nb::type_slots(kSlots),
                         "A target and the oracle that estimates its masses. Immutable; safe to "
                         "share between threads.")
      .def_prop_ro(
          "kind", [](const PyInstance& self) { return self.instance->facts().kind; },
          "str: \"tree\", \"knapsack\", \"ngram\", \"class\", \"neural\", \"external\" "
          "or \"oracle\".")
      .def_prop_ro(
          "path", [](const PyInstance& self) { return self.instance->facts().path; },
          "str: the instance file, or a name in angle brackets.")
      .def_prop_ro(
          "digest", [](const PyInstance& self) { return self.instance->facts().digest; },
          "str: 16 hex digits, a hash of all that was read.")
      .def_prop_ro(
          "alphabet", [](const PyInstance& self) { return self.instance->facts().alphabet; },
          "int: A, the number of symbols.")
      .def_prop_ro(
          "horizon", [](const PyInstance& self) { return self.instance->facts().horizon; },
          "int: H, the length of the sequences.")
      .def_prop_ro("symbols", &symbol_names, "list of str: names of the A symbols, or [].")
      .def_prop_ro("symbol_bytes", &symbol_bytes,
                   "list of bytes: what the A symbols stand for, or [].")
      .def_prop_ro("end", &end_symbols,
                   "tuple of int: the symbols after which a sequence is complete.")
      .def_prop_ro(
          "estimate", [](const PyInstance& self) { return self.instance->facts().estimate; },
          "str: the kind of the estimate.")
      .def_prop_ro(
          "kappa",
          [](const PyInstance& self) -> nb::object {
            const auto& kappa = self.instance->facts().kappa;
            return kappa ? nb::object(nb::float_(*kappa)) : nb::none();
          },
          "float or None: the estimate's accuracy, where it is known.")
      .def("__repr__", &repr)
      .def("_log_mass", &log_masses)
      .def("_rows", &rows)
      .def("_take_failure",
           [](PyInstance& self) {
             nb::object taken = std::exchange(self.callbacks->exception, nb::object());
             return taken.is_valid() ? taken : nb::none();
           })
      .def("_inspection",
           [](const PyInstance& self) {
             const nb::gil_scoped_release released;
             return json_text(inspection_report(*self.instance));
           })
      .def("_inspection_text", [](const PyInstance& self) {
        const nb::gil_scoped_release released;
        return inspection_text(*self.instance);
      });
  module.def("load", &load);
  module.def("make", &make);
}

}  // namespace wend::python
