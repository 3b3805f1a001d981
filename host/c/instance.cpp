#include "wend/instance.hpp"

#include <cstddef>
#include <memory>
#include <string>

#include "host/base/sized_struct.hpp"
#include "host/c/call.hpp"
#include "host/c/handles.hpp"
#include "host/oracles/c_oracle.hpp"
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

void require(bool holds, const char* what) {
  if (!holds) throw Error(ErrorKind::kUsage, what);
}

}  // namespace
}  // namespace wend::c

using wend::c::begin_handle;
using wend::c::guarded;
using wend::c::require;
using wend::c::require_pointer;

const char* wend_last_error(void) { return wend::c::last_error().c_str(); }

const char* wend_version(void) {
  static const std::string text = wend::version();
  return text.c_str();
}

wend_status wend_load(const char* path, wend_instance** instance) {
  return guarded([&] {
    begin_handle(instance, "wend_load");
    require_pointer(path, "wend_load");
    *instance = new wend_instance{wend::load_instance(path)};
    return WEND_OK;
  });
}

wend_status wend_load_with_plugins(const char* path, wend_instance** instance) {
  return guarded([&] {
    begin_handle(instance, "wend_load_with_plugins");
    require_pointer(path, "wend_load_with_plugins");
    *instance = new wend_instance{wend::load_instance(path, {.allow_plugins = true})};
    return WEND_OK;
  });
}

wend_status wend_make_tree(uint32_t alphabet, uint32_t horizon, const double* leaf_mass,
                           double kappa, uint64_t noise_seed, wend_instance** instance) {
  return guarded([&] {
    begin_handle(instance, "wend_make_tree");
    require_pointer(leaf_mass, "wend_make_tree");
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

void wend_oracle_init_sized(wend_oracle* oracle, size_t size) {
  wend::write_defaults(oracle, wend::default_c_oracle(), size);
}

wend_status wend_make_oracle(const wend_oracle* oracle, wend_instance** instance) {
  return guarded([&] {
    begin_handle(instance, "wend_make_oracle");
    require_pointer(oracle, "wend_make_oracle");
    const wend_oracle all = wend::grown(oracle, wend::default_c_oracle(), "wend_oracle");
    *instance = new wend_instance{wend::make_oracle(std::make_shared<wend::COracle>(all))};
    return WEND_OK;
  });
}
