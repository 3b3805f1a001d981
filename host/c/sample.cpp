#include "wend/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/parallel.hpp"
#include "host/base/sized_struct.hpp"
#include "host/base/stopwatch.hpp"
#include "host/c/call.hpp"
#include "host/c/choose.hpp"
#include "host/c/handles.hpp"
#include "host/instances/instance.hpp"
#include "host/report/chain_columns.hpp"
#include "host/report/report.hpp"
#include "host/report/sample_spool.hpp"
#include "host/run/settings.hpp"
#include "wend/c.h"
#include "wend/error.hpp"

namespace wend::c {
namespace {

void choose_visits(const char* word, SampleOptions& options) {
  if (word == nullptr) return;
  const std::string_view text(word);
  if (text == "proven" || text == "measured") {
    options.visits = text == "proven" ? Visits::kProven : Visits::kMeasured;
    return;
  }
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), options.fixed_visits);
  if (error != std::errc() || end != text.data() + text.size() || options.fixed_visits == 0)
    throw Error(ErrorKind::kUsage, "visits",
                fmt::format("\"{}\" is not proven, measured or a number of at least 1", text));
  options.visits = Visits::kFixed;
}

wend_options default_options() {
  wend_options options = {};
  options.struct_size = sizeof options;
  options.memo_bytes = WEND_MEMO_DEFAULT;
  return options;
}

SampleOptions options_of(const wend_options* given) {
  SampleOptions options;
  const wend_options all =
      given == nullptr ? default_options() : grown(given, default_options(), "wend_options");
  const wend_options* asked = &all;
  choose("algorithm", asked->algorithm, kAlgorithmChoices, options.algorithm);
  choose("correct", asked->correct,
         std::array{Correction::kReject, Correction::kWeight, Correction::kNone, Correction::kWalk},
         options.correction);
  choose("backend", asked->backend, std::array{Backend::kAuto, Backend::kCpu, Backend::kCuda},
         options.backend);
  choose("engine", asked->engine,
         std::array{EngineKind::kAuto, EngineKind::kFused, EngineKind::kLockstep}, options.engine);
  choose("version_space", asked->version_space,
         std::array{VersionSpace::kShared, VersionSpace::kIndependent}, options.version_space);
  choose("self_test", asked->self_test,
         std::array{SelfTest::kRefuse, SelfTest::kPin, SelfTest::kOff}, options.self_test);
  choose_visits(asked->visits, options);
  if (asked->samples != 0) options.samples = asked->samples;
  if (asked->chains != 0) options.chains = asked->chains;
  if (asked->thin != 0) options.thin = asked->thin;
  if (asked->kappa != 0) options.kappa = asked->kappa;
  if (asked->delta != 0) options.delta = asked->delta;
  if (asked->max_queries != 0) options.max_queries = asked->max_queries;
  options.seed = asked->seed;
  options.threads = resolve_threads(asked->threads);
  if (asked->memo_bytes != WEND_MEMO_DEFAULT) options.memo_bytes = asked->memo_bytes;
  options.max_batch = asked->max_batch;
  choose("adapt", asked->adapt, kAdapts, options.adapt);
  if (asked->adapt_floor != 0) options.adapt_floor = asked->adapt_floor;
  if (asked->scouts != 0) options.scouts = asked->scouts;
  return options;
}

/// Draws into a result's arrays, at their rows.
class ResultSink final : public SampleSink {
 public:
  ResultSink(wend_result& result, const SampleOptions& options, const InstanceFacts& facts,
             bool weighted)
      : result_(result), horizon_(facts.horizon) {
    const std::uint64_t rows = options.samples;
    result.symbols.resize(rows * horizon_);
    result.chain.resize(rows);
    result.log_mass.resize(rows);
    if (weighted) result.log_weight.resize(rows);
  }
  void put(const SampleRows& rows) override {
    std::copy_n(rows.symbols, rows.count * horizon_, &result_.symbols[rows.row * horizon_]);
    std::fill_n(&result_.chain[rows.row], rows.count, rows.chain);
    std::copy_n(rows.log_mass, rows.count, &result_.log_mass[rows.row]);
    if (!result_.log_weight.empty())
      std::copy_n(rows.log_weight, rows.count, &result_.log_weight[rows.row]);
  }

  /// Closes the gaps that chains left which drew less than they owed.
  void pack(const SampleResult& run, const SampleOptions& options) {
    if (!run.partial) return;
    const std::vector<std::uint64_t> drawn = chain_samples(run);
    std::uint64_t to = 0;
    for (std::uint64_t chain = 0; chain < run.chains; ++chain) {
      const std::uint64_t from = first_row(options.samples, run.chains, chain);
      const auto move = [&](auto& array, std::uint64_t width) {
        if (!array.empty())
          std::memmove(&array[to * width], &array[from * width],
                       drawn[chain] * width * sizeof array[0]);
      };
      if (drawn[chain] > 0) {
        move(result_.symbols, horizon_);
        move(result_.chain, 1);
        move(result_.log_mass, 1);
        move(result_.log_weight, 1);
      }
      to += drawn[chain];
    }
    result_.symbols.resize(to * horizon_);
    result_.chain.resize(to);
    result_.log_mass.resize(to);
    if (!result_.log_weight.empty()) result_.log_weight.resize(to);
  }

 private:
  wend_result& result_;
  std::uint64_t horizon_;
};

wend_status status_of(const SampleResult& run) {
  if (!run.failure.empty()) return fail(WEND_RUNTIME, run.failure);
  if (run.budget_spent) return fail(WEND_BUDGET, "the query budget is used up");
  if (run.partial) return fail(WEND_INTERRUPTED, "stopped");
  return WEND_OK;
}

/// `path`: where to, or null for memory.
wend_status draw(const wend_instance* handle, const wend_options* asked, const char* path,
                 wend_stop* stop, wend_progress progress, void* user, wend_result** out) {
  require_pointer(handle, "wend_sample");
  const Instance& instance = *handle->instance;
  const SampleOptions options = options_of(asked);
  const RunSettings settings = resolve_settings(instance.facts(), options);
  auto result = std::make_unique<wend_result>();
  if (path == nullptr) {
    constexpr std::uint64_t kMostRows = std::uint64_t{1} << 40U;
    const std::uint64_t row = 4ULL * instance.facts().horizon + 8 + 8 + (settings.weighted ? 8 : 0);
    check_memory(std::min(options.samples, kMostRows) * row,
                 fmt::format("{} samples in memory", options.samples));
  }
  std::optional<ResultSink> memory;
  std::optional<SampleSpool> file;
  if (path == nullptr)
    memory.emplace(*result, options, instance.facts(), settings.weighted);
  else
    file.emplace(path, SampleTable{options.samples, settings.chains, instance.facts().horizon,
                                   instance.facts().alphabet, settings.weighted});
  SampleSink* sink = memory ? static_cast<SampleSink*>(&*memory) : &*file;

  wend_stop own_stop;
  std::atomic<bool>& asked_to_stop = stop != nullptr ? stop->asked : own_stop.asked;
  Progress tell;
  if (progress != nullptr)
    tell = [&](std::uint64_t drawn, std::uint64_t requested) {
      if (progress(user, drawn, requested) != 0) asked_to_stop = true;
    };
  const SampleResult run = sample(instance, options, sink, asked_to_stop, tell);

  const Stopwatch write_watch;
  if (memory) memory->pack(run, options);
  if (file) file->finish(run);
  RunFacts facts;
  if (path != nullptr) facts.output = path;
  facts.quiet = true;
  facts.write_seconds = write_watch.seconds();
  facts.threads = options.threads;
  result->drawn = run.drawn;
  result->report = json_text(sample_report(instance.facts(), options, run, facts));
  const wend_status status = status_of(run);
  *out = result.release();
  return status;
}

}  // namespace
}  // namespace wend::c

void wend_options_init_sized(wend_options* options, size_t size) {
  wend::write_defaults(options, wend::c::default_options(), size);
}

wend_status wend_stop_make(wend_stop** stop) {
  return wend::c::guarded([&] {
    wend::c::begin_handle(stop, "wend_stop_make");
    *stop = new wend_stop;
    return WEND_OK;
  });
}
void wend_stop_request(wend_stop* stop) {
  if (stop != nullptr) stop->asked = true;
}
void wend_stop_free(wend_stop* stop) { delete stop; }

wend_status wend_sample(const wend_instance* instance, const wend_options* options, wend_stop* stop,
                        wend_progress progress, void* user, wend_result** result) {
  return wend::c::guarded([&] {
    wend::c::begin_handle(result, "wend_sample");
    return wend::c::draw(instance, options, nullptr, stop, progress, user, result);
  });
}

wend_status wend_sample_to_file(const wend_instance* instance, const wend_options* options,
                                const char* path, wend_stop* stop, wend_progress progress,
                                void* user, wend_result** result) {
  return wend::c::guarded([&] {
    wend::c::begin_handle(result, "wend_sample_to_file");
    wend::c::require_pointer(path, "wend_sample_to_file");
    return wend::c::draw(instance, options, path, stop, progress, user, result);
  });
}

uint64_t wend_result_drawn(const wend_result* result) {
  return result == nullptr ? 0 : result->drawn;
}
const uint32_t* wend_result_symbols(const wend_result* result) {
  return result == nullptr ? nullptr : result->symbols.data();
}
const uint64_t* wend_result_chain(const wend_result* result) {
  return result == nullptr ? nullptr : result->chain.data();
}
const double* wend_result_log_mass(const wend_result* result) {
  return result == nullptr ? nullptr : result->log_mass.data();
}
const double* wend_result_log_weight(const wend_result* result) {
  return result == nullptr || result->log_weight.empty() ? nullptr : result->log_weight.data();
}
const char* wend_result_report(const wend_result* result) {
  return result == nullptr ? "" : result->report.c_str();
}
void wend_result_free(wend_result* result) { delete result; }
