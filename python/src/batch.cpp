#include "python/src/batch.hpp"

#include <algorithm>
#include <span>

#include "python/src/new_array.hpp"
#include "wend/error.hpp"

namespace wend::python {

const OracleBatch& Batch::open() const {
  if (batch_ == nullptr)
    throw Error(ErrorKind::kUsage, "a batch is gone when the call has ended: keep its arrays");
  return *batch_;
}

nb::object Batch::column(const std::uint32_t* values) const {
  NewArray<std::int64_t> array({size_});
  std::copy_n(values, size_, array.data());
  return array.give();
}

nb::object Batch::prefix() const {
  const OracleBatch& batch = open();
  const std::span depths(batch.depth, size_);
  const std::size_t width = size_ == 0 ? 0 : *std::ranges::max_element(depths);
  NewArray<std::int64_t> array({size_, width});
  std::int64_t* row = array.data();
  for (std::uint32_t i = 0; i < size_; ++i, row += width)
    std::fill(std::copy_n(batch.prefix[i], depths[i], row), row + width, 0);
  return array.give();
}

void bind_batch(nb::module_& module) {
  nb::class_<Batch>(module, "Batch",
                    "The nodes of one call of an oracle: prefixes whose children's masses are "
                    "asked for.\n\n"
                    "All attributes are NumPy arrays of int64 that may be kept; they can be asked "
                    "for during the call.")
      .def("__len__", &Batch::size)
      .def_prop_ro("size", &Batch::size, "int: number of nodes, n.")
      .def_prop_ro("slot", &Batch::slot,
                   "(n,): the chain that stands there; below the number of chains, each once.")
      .def_prop_ro("depth", &Batch::depth, "(n,): length of the prefix, 0 to H - 1.")
      .def_prop_ro("symbol", &Batch::symbol, "(n,): its last symbol; 0 at the root.")
      .def_prop_ro("known", &Batch::known,
                   "(n,): how many symbols of the prefix its slot's last call had already: what "
                   "an oracle keeps of a slot holds for these, and no further.")
      .def_prop_ro("prefix", &Batch::prefix,
                   "(n, largest depth): the prefixes, with zeros behind their ends.");
}

}  // namespace wend::python
