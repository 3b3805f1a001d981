#include "host/oracles/c_oracle.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "host/oracles/model_oracle.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::size_t kErrorBytes = 1024;

void set_symbols(const wend_oracle& oracle, OracleTraits& traits) {
  if (oracle.symbol_bytes == nullptr && oracle.symbol_lengths == nullptr) return;
  if (oracle.symbol_bytes == nullptr || oracle.symbol_lengths == nullptr)
    throw Error(ErrorKind::kUsage,
                "symbol_bytes and symbol_lengths: one is given without the other");
  for (std::uint32_t c = 0; c < oracle.alphabet; ++c)
    traits.symbol_bytes.emplace_back(oracle.symbol_bytes[c], oracle.symbol_lengths[c]);
}

OracleTraits traits_of(const wend_oracle& oracle) {
  const auto numbers = [&](const double* values) {
    return values == nullptr ? std::vector<double>()
                             : std::vector<double>(values, values + oracle.horizon);
  };
  OracleTraits traits;
  if (oracle.name != nullptr) traits.name = oracle.name;
  traits.alphabet = oracle.alphabet;
  traits.horizon = oracle.horizon;
  check_traits(traits);  // arrays of as many elements follow
  if (oracle.end != nullptr) traits.end.assign(oracle.end, oracle.end + oracle.end_count);
  if (oracle.kappa != 0) traits.kappa = oracle.kappa;
  traits.kappa_by_depth = numbers(oracle.kappa_by_depth);
  if (oracle.kappa_why != nullptr) traits.kappa_why = oracle.kappa_why;
  traits.ratio_bound = numbers(oracle.ratio_bound);
  traits.max_batch = oracle.max_batch;
  traits.contexts = oracle.contexts;
  traits.most_slots = oracle.most_slots;
  set_symbols(oracle, traits);
  return traits;
}

}  // namespace

wend_oracle default_c_oracle() {
  wend_oracle oracle = {};
  oracle.struct_size = sizeof oracle;
  oracle.contexts = 1;
  return oracle;
}

COracle::Owner::Owner(std::shared_ptr<void> library, void (*release)(void*), void* user)
    : library_(std::move(library)), release_(release), user_(user) {}

COracle::Owner::~Owner() {
  if (release_ != nullptr) release_(user_);
}

COracle::COracle(const wend_oracle& oracle, std::shared_ptr<void> library)
    : owner_(std::move(library), oracle.release, oracle.user), expand_(oracle.expand) {
  if (expand_ == nullptr) throw Error(ErrorKind::kUsage, "there is no function `expand`");
  traits_ = traits_of(oracle);
}

COracle::~COracle() = default;

void COracle::expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) {
  const wend_batch nodes{batch.size,   batch.slot,  batch.depth,
                         batch.symbol, batch.known, batch.prefix};
  char message[kErrorBytes] = "";
  const int status =
      expand_(owner_.user(), context, &nodes, rows.log_ratio, message, sizeof message);
  if (status == 0) return;
  message[kErrorBytes - 1] = '\0';
  throw Error(ErrorKind::kRuntime,
              message[0] != '\0' ? std::string(message) : "it returned " + std::to_string(status));
}

}  // namespace wend
