#include "wend/instance.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/c/call.hpp"
#include "host/c/handles.hpp"
#include "host/report/version.hpp"
#include "wend/c.h"
#include "wend/error.hpp"
#include "wend/oracle.hpp"

namespace wend::c {

std::string& last_error() {
  thread_local std::string message;
  return message;
}

namespace {

constexpr std::size_t kErrorBytes = 1024;

void require(bool holds, const char* what) {
  if (!holds) throw Error(ErrorKind::kUsage, what);
}

/// An oracle behind a function of C's.
class CallbackOracle final : public BatchOracle {
 public:
  explicit CallbackOracle(const wend_oracle& oracle)
      : expand_(oracle.expand), user_(oracle.user), release_(oracle.release) {
    const auto numbers = [&](const double* values) {
      return values == nullptr ? std::vector<double>()
                               : std::vector<double>(values, values + oracle.horizon);
    };
    if (oracle.name != nullptr) traits_.name = oracle.name;
    traits_.alphabet = oracle.alphabet;
    traits_.horizon = oracle.horizon;
    if (oracle.end != nullptr) traits_.end.assign(oracle.end, oracle.end + oracle.end_count);
    if (oracle.kappa != 0) traits_.kappa = oracle.kappa;
    traits_.kappa_by_depth = numbers(oracle.kappa_by_depth);
    if (oracle.kappa_why != nullptr) traits_.kappa_why = oracle.kappa_why;
    traits_.ratio_bound = numbers(oracle.ratio_bound);
    traits_.max_batch = oracle.max_batch;
    traits_.contexts = oracle.contexts;
    traits_.most_slots = oracle.most_slots;
  }
  ~CallbackOracle() override {
    if (release_ != nullptr) release_(user_);
  }

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override {
    const wend_batch nodes{batch.size,   batch.slot,  batch.depth,
                           batch.symbol, batch.known, batch.prefix};
    char message[kErrorBytes] = "";
    const int status = expand_(user_, context, &nodes, rows.log_ratio, message, sizeof message);
    if (status == 0) return;
    message[kErrorBytes - 1] = '\0';
    throw Error(ErrorKind::kRuntime, message[0] != '\0' ? std::string(message)
                                                        : "it returned " + std::to_string(status));
  }

 private:
  OracleTraits traits_;
  wend_expand expand_;
  void* user_;
  void (*release_)(void*);
};

}  // namespace
}  // namespace wend::c

using wend::c::guarded;
using wend::c::require;

const char* wend_last_error(void) { return wend::c::last_error().c_str(); }

const char* wend_version(void) {
  static const std::string text = wend::version();
  return text.c_str();
}

wend_status wend_load(const char* path, wend_instance** instance) {
  return guarded([&] {
    require(path != nullptr && instance != nullptr, "wend_load: a null pointer");
    *instance = nullptr;
    *instance = new wend_instance{wend::load_instance(path)};
    return WEND_OK;
  });
}

wend_status wend_make_tree(uint32_t alphabet, uint32_t horizon, const double* leaf_mass,
                           double kappa, uint64_t noise_seed, wend_instance** instance) {
  return guarded([&] {
    require(leaf_mass != nullptr && instance != nullptr, "wend_make_tree: a null pointer");
    *instance = nullptr;
    require(alphabet >= 2 && horizon >= 1, "wend_make_tree: alphabet >= 2 and horizon >= 1");
    std::size_t leaves = 1;
    for (uint32_t h = 0; h < horizon; ++h)
      require(!__builtin_mul_overflow(leaves, std::size_t{alphabet}, &leaves),
              "wend_make_tree: alphabet^horizon leaves are more than can be numbered");
    wend::EstimateSpec estimate;
    if (kappa != 1) {
      estimate.kind = wend::EstimateSpec::Kind::kNoise;
      estimate.kappa = kappa;
      estimate.seed = noise_seed;
    }
    *instance = new wend_instance{
        wend::make_tree(alphabet, horizon, {leaf_mass, leaf_mass + leaves}, estimate)};
    return WEND_OK;
  });
}

uint32_t wend_alphabet(const wend_instance* instance) {
  return instance == nullptr ? 0 : wend::facts(*instance->instance).alphabet;
}
uint32_t wend_horizon(const wend_instance* instance) {
  return instance == nullptr ? 0 : wend::facts(*instance->instance).horizon;
}
void wend_instance_free(wend_instance* instance) { delete instance; }

void wend_oracle_init(wend_oracle* oracle) {
  if (oracle == nullptr) return;
  *oracle = {};
  oracle->struct_size = sizeof *oracle;
  oracle->contexts = 1;
}

wend_status wend_make_oracle(const wend_oracle* oracle, wend_instance** instance) {
  return guarded([&] {
    require(oracle != nullptr && instance != nullptr, "wend_make_oracle: a null pointer");
    *instance = nullptr;
    require(oracle->struct_size == sizeof *oracle,
            "wend_make_oracle: a wend_oracle of another size; wend_oracle_init fills it in");
    // Released, too, if the oracle is refused before it has an owner.
    struct Owner {
      void (*release)(void*);
      void* user;
      ~Owner() {
        if (release != nullptr) release(user);
      }
    } owner{oracle->release, oracle->user};
    require(oracle->expand != nullptr, "wend_make_oracle: there is no function `expand`");
    const auto made = std::make_shared<wend::c::CallbackOracle>(*oracle);
    owner.release = nullptr;  // it is the oracle's now
    *instance = new wend_instance{wend::make_oracle(made)};
    return WEND_OK;
  });
}
