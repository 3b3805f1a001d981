#include "wend/means.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/parallel.hpp"
#include "host/base/sized_struct.hpp"
#include "host/c/call.hpp"
#include "host/c/choose.hpp"
#include "host/c/handles.hpp"
#include "host/report/means_report.hpp"
#include "host/report/report.hpp"
#include "wend/c.h"
#include "wend/error.hpp"

namespace wend::c {
namespace {

wend_means_options default_options() {
  wend_means_options options = {};
  options.struct_size = sizeof options;
  options.memo_bytes = WEND_MEMO_DEFAULT;
  return options;
}

/// NAME[,NAME..]; what of them is wanted twice is given once.
std::vector<MeanOf> means_of(std::string_view names) {
  std::vector<MeanOf> of;
  for (;;) {
    const std::size_t comma = names.find(',');
    of.push_back(choice("of", names.substr(0, comma), kMeansOf));
    if (comma == std::string_view::npos) return of;
    names.remove_prefix(comma + 1);
  }
}

MeansOptions options_of(const wend_means_options* given) {
  MeansOptions options;
  const wend_means_options asked =
      given == nullptr ? default_options() : grown(given, default_options(), "wend_means_options");
  choose("algorithm", asked.algorithm, kAlgorithms, options.algorithm);
  if (asked.of != nullptr) options.of = means_of(asked.of);
  choose("self_test", asked.self_test,
         std::array{SelfTest::kRefuse, SelfTest::kPin, SelfTest::kOff}, options.self_test);
  if (asked.relative_error != 0) options.relative_error = asked.relative_error;
  if (asked.queries != 0) options.queries = asked.queries;
  if (asked.chains != 0) options.chains = asked.chains;
  if (asked.kappa != 0) options.kappa = asked.kappa;
  if (asked.delta != 0) options.delta = asked.delta;
  options.seed = asked.seed;
  options.threads = resolve_threads(asked.threads);
  if (asked.memo_bytes != WEND_MEMO_DEFAULT) options.memo_bytes = asked.memo_bytes;
  options.max_batch = asked.max_batch;
  return options;
}

wend_mean in_c(const Mean& mean) { return {mean.mean, mean.standard_error, mean.low, mean.high}; }

std::optional<wend_mean> in_c(const std::optional<Mean>& mean) {
  return mean ? std::optional(in_c(*mean)) : std::nullopt;
}

std::vector<wend_mean> in_c(const std::vector<Mean>& means) {
  std::vector<wend_mean> all;
  all.reserve(means.size());
  std::ranges::transform(means, std::back_inserter(all),
                         [](const Mean& mean) { return in_c(mean); });
  return all;
}

wend_status status_of(const MeansResult& result) {
  if (!result.failure.empty()) return fail(WEND_RUNTIME, result.failure);
  if (result.partial) return fail(WEND_INTERRUPTED, "stopped");
  return WEND_OK;
}

wend_status estimate(const wend_instance* handle, const wend_means_options* asked, wend_stop* stop,
                     wend_means_progress progress, void* user, wend_means** out) {
  const Instance& instance = *handle->instance;
  auto means = std::make_unique<wend_means>();
  means->facts = facts(instance);
  means->options = options_of(asked);

  wend_stop own_stop;
  std::atomic<bool>& asked_to_stop = stop != nullptr ? stop->asked : own_stop.asked;
  MeansObserver tell;
  if (progress != nullptr)
    tell = [&](const MeansProgress& so_far) {
      const wend_mean log_z = in_c(so_far.log_z);
      if (progress(user, so_far.tours, so_far.queries, &log_z) != 0) asked_to_stop = true;
    };
  MeansResult& result = means->result;
  result = estimate_means(instance, means->options, asked_to_stop, tell);
  means->marginals = in_c(result.marginals);
  means->symbols = in_c(result.symbols);
  means->log_mass = in_c(result.log_mass);
  means->log_z = in_c(result.log_z);
  means->length = in_c(result.length);
  const wend_status status = status_of(result);
  *out = means.release();
  return status;
}

const wend_mean* pointer(const std::vector<wend_mean>& means) {
  return means.empty() ? nullptr : means.data();
}

const wend_mean* pointer(const std::optional<wend_mean>& mean) { return mean ? &*mean : nullptr; }

}  // namespace
}  // namespace wend::c

void wend_means_options_init_sized(wend_means_options* options, size_t size) {
  wend::write_defaults(options, wend::c::default_options(), size);
}

wend_status wend_estimate(const wend_instance* instance, const wend_means_options* options,
                          wend_stop* stop, wend_means_progress progress, void* user,
                          wend_means** means) {
  return wend::c::guarded([&] {
    wend::c::begin_handle(means, "wend_estimate");
    wend::c::require_pointer(instance, "wend_estimate");
    return wend::c::estimate(instance, options, stop, progress, user, means);
  });
}

const wend_mean* wend_means_marginals(const wend_means* means) {
  return means == nullptr ? nullptr : wend::c::pointer(means->marginals);
}
const wend_mean* wend_means_symbols(const wend_means* means) {
  return means == nullptr ? nullptr : wend::c::pointer(means->symbols);
}
const wend_mean* wend_means_log_mass(const wend_means* means) {
  return means == nullptr ? nullptr : wend::c::pointer(means->log_mass);
}
const wend_mean* wend_means_log_z(const wend_means* means) {
  return means == nullptr ? nullptr : wend::c::pointer(means->log_z);
}
const wend_mean* wend_means_length(const wend_means* means) {
  return means == nullptr ? nullptr : wend::c::pointer(means->length);
}
uint64_t wend_means_queries(const wend_means* means) {
  return means == nullptr ? 0 : means->result.queries;
}
uint64_t wend_means_tours(const wend_means* means) {
  return means == nullptr ? 0 : means->result.tours.value_or(0);
}

wend_status wend_means_report(wend_means* means, const char** report) {
  return wend::c::guarded([&] {
    wend::c::begin_handle(report, "wend_means_report");
    wend::c::require_pointer(means, "wend_means_report");
    if (means->report.empty())
      means->report =
          wend::json_text(wend::means_report(means->facts, means->options, means->result));
    *report = means->report.c_str();
    return WEND_OK;
  });
}

void wend_means_free(wend_means* means) { delete means; }
