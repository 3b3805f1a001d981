#include "wend/throughput.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include "host/base/memory_limit.hpp"
#include "host/base/stopwatch.hpp"
#include "host/engines/lockstep/engine.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/engines/lockstep/store.hpp"
#include "host/instances/model/instance.hpp"
#include "host/oracles/neural/cuda_oracle.hpp"
#include "host/oracles/neural/host_operations.hpp"
#include "host/oracles/walk_of.hpp"
#include "host/run/compile.hpp"
#include "host/run/fused_engine.hpp"
#include "host/run/lockstep_settings.hpp"
#include "host/run/network_products.hpp"
#include "host/run/prefix_batch.hpp"
#include "host/run/timed_walk.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

constexpr std::uint32_t kMostDefaultBatch = 4096;
constexpr std::uint64_t kDefaultChains[] = {1, 16, 64, 256, 1024, 4096};

class Throughput {
 public:
  Throughput(const Instance& instance, const ThroughputOptions& options,
             const std::atomic<bool>& stop, const ThroughputObserver& observer)
      : instance_(instance),
        options_(options),
        walk_(walk_of(options.algorithm)),
        stop_(stop),
        observer_(observer),
        hosts_(host_oracle()),
        backend_(lockstep_backend(hosts_, options.backend)),
        alone_(hold(hosts_)),
        products_(products_of(instance)),
        asked_(place_model(hosts_, backend_, most_chains())),
        model_(std::get<ModelOracle>(asked_)),
        settings_(lockstep_settings(model_, options.threads, options.memo_bytes, options.max_batch,
                                    backend_)) {
    const OracleTraits& traits = model_.model->traits();
    result_.oracle = traits.name;
    result_.contexts = traits.contexts;
    if (products_) {
      result_.read_flops = products_->read_flops();
      result_.answer_flops = products_->answer_flops();
    }
  }

  ThroughputResult measure() {
    const Stopwatch watch;
    // Both are checked before anything is measured.
    const std::vector<std::uint32_t> batches = resolve_batches();
    const std::vector<std::uint64_t> chains = resolve_chains();
    try {
      for (const std::uint32_t batch : batches) measure_calls(batch);
      for (const std::uint64_t count : chains) measure_lockstep(count);
    } catch (const OracleFailure& failure) {
      result_.failure = failure.what();
    }
    if (!instance_.facts().asked) measure_tables(chains);
    result_.partial = stop_ || !result_.failure.empty();
    result_.seconds = watch.seconds();
    return std::move(result_);
  }

 private:
  [[nodiscard]] Oracle compile() const {
    return compile_oracle(instance_, options_.algorithm, Correction::kNone);
  }
  // As the lockstep engine asks it.
  [[nodiscard]] ModelOracle host_oracle() const {
    return model_oracle(instance_, walk_, Correction::kNone);
  }

  [[nodiscard]] std::uint64_t most_chains() const {
    return options_.chains.empty() ? std::ranges::max(kDefaultChains)
                                   : std::ranges::max(options_.chains);
  }

  // With weights of its own on a GPU.
  [[nodiscard]] std::unique_ptr<NetworkProducts> products_of(const Instance& instance) const {
    const auto* neural = dynamic_cast<const ModelInstance*>(&instance);
    if (neural == nullptr || neural->network() == nullptr) return nullptr;
    const Network& network = *neural->network();
    if (backend_ != Backend::kCuda)
      return std::make_unique<NetworkProducts>(network, make_host_operations(), kNeuralBlock);
    static_cast<void>(free_cuda_memory());  // throws where there is no device
    const std::uint32_t block = cuda_neural_limits(network.head().outputs()).block;
    return std::make_unique<NetworkProducts>(network, make_cuda_operations(network, 1, block),
                                             block);
  }

  [[nodiscard]] std::vector<std::uint32_t> resolve_batches() const {
    const OracleTraits& traits = model_.model->traits();
    std::uint32_t most = batch_limit(model_, ~std::uint64_t{0}, settings_);
    if (traits.most_slots != 0)
      most = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, traits.most_slots));
    for (const std::uint32_t batch : options_.batch)
      if (batch < 1 || batch > most)
        throw Error(ErrorKind::kUsage, "batch",
                    fmt::format("{} nodes: a call of the oracle \"{}\" takes 1 to {}", batch,
                                traits.name, most));
    std::vector<std::uint32_t> batches = options_.batch;
    if (batches.empty()) {
      const std::uint32_t last = options_.max_batch != 0 ? most : std::min(most, kMostDefaultBatch);
      for (std::uint64_t batch = 1; batch < last; batch *= 2)
        batches.push_back(static_cast<std::uint32_t>(batch));
      batches.push_back(last);
    }
    const std::uint64_t largest = *std::ranges::max_element(batches);
    check_memory(largest * (sizeof(double) * (model_.alphabet + 1ULL) +
                            sizeof(std::uint32_t) * (model_.horizon + 8ULL)),
                 fmt::format("{}: batches of {} nodes", instance_.facts().path, largest));
    return batches;
  }

  [[nodiscard]] std::uint64_t bytes_of(std::uint64_t chains) const {
    const LockstepMemory memory = lockstep_memory(model_, walk_, chains, settings_);
    const std::uint64_t state = 2 * (52 + sizeof(std::uint32_t) * path_words(asked_)) * chains;
    // On a device the rows are there, but the host has a copy of the prefixes.
    const std::uint64_t rows = backend_ == Backend::kCuda
                                   ? sizeof(std::uint32_t) * chains * model_.horizon
                                   : memory.path_bytes;
    return rows + memory.other_bytes + state + timed_walk_bytes(asked_, chains);
  }

  [[nodiscard]] bool fits(std::uint64_t chains) const {
    const std::uint64_t most = model_.model->traits().most_slots;
    if (most != 0 && chains > most) return false;
    try {
      return bytes_of(chains) <= available_memory();
    } catch (const Error&) {  // not even one row each
      return false;
    }
  }

  [[nodiscard]] std::vector<std::uint64_t> resolve_chains() const {
    const OracleTraits& traits = model_.model->traits();
    for (const std::uint64_t chains : options_.chains) {
      if (chains < 1 || chains > 0xFFFFFFFFU)
        throw Error(ErrorKind::kUsage, "chains", "must be from 1 to 2^32 - 1");
      if (traits.most_slots != 0 && chains > traits.most_slots)
        throw Error(ErrorKind::kUsage, "chains",
                    fmt::format("{}, but the oracle \"{}\" keeps no more than {} apart", chains,
                                traits.name, traits.most_slots));
      check_memory(bytes_of(chains), fmt::format("{}: {} chains of horizon {}",
                                                 instance_.facts().path, chains, model_.horizon));
    }
    if (!options_.chains.empty()) return options_.chains;
    std::vector<std::uint64_t> chains;
    for (const std::uint64_t count : kDefaultChains)
      if (fits(count)) chains.push_back(count);
    return chains;
  }

  void tell(const std::string& what) const {
    if (observer_) observer_(what);
  }

  void ask(PrefixBatch& nodes) const {
    call_guarded("oracle", model_.model->traits().name, [&] { nodes.ask(); });
  }

  void measure_calls(std::uint32_t batch) {
    if (stop_) return;
    tell(fmt::format("calls of {} nodes", batch));
    PrefixBatch nodes(*model_.model, batch, options_.seed);
    ask(nodes);  // what it allocates is no part of a call's time
    nodes.grow();
    CallRates rates;
    rates.batch = batch;
    double depths = 0;
    const Stopwatch watch;
    do {
      rates.tokens += nodes.new_symbols();
      depths += static_cast<double>(nodes.depths());
      const Stopwatch call;
      ask(nodes);
      rates.seconds += call.seconds();
      ++rates.calls;
      nodes.grow();
    } while (watch.seconds() < options_.seconds && !stop_);
    rates.evaluations = rates.calls * batch;
    rates.mean_depth = depths / static_cast<double>(rates.evaluations);
    if (products_) {
      const double read =
          static_cast<double>(products_->read_flops()) * static_cast<double>(rates.tokens);
      const double answer =
          static_cast<double>(products_->answer_flops()) * static_cast<double>(rates.evaluations);
      rates.flops = (read + answer) / rates.seconds;
      const double alone = products_->measure(batch, options_.seconds / 4, stop_);
      if (!stop_) rates.product_flops = alone;  // cut short it is no ceiling
    }
    result_.calls.push_back(rates);
  }

  void measure_lockstep(std::uint64_t chains) {
    if (stop_) return;
    tell(fmt::format("{} chains in lockstep", chains));
    LockstepEngine engine(model_, walk_, chains_at_root(asked_, chains, 1), settings_, backend_);
    result_.device = engine.device().name;
    LockstepRates rates;
    rates.chains = chains;
    rates.contexts = context_count(model_, chains);
    const std::uint64_t share = (chains + rates.contexts - 1) / rates.contexts;
    rates.room = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(batch_limit(model_, chains, settings_), share));
    const TimedWalk walk =
        timed_walk(engine, asked_, options_.algorithm, options_.seed, options_.seconds, stop_);
    rates.totals = walk.totals;
    rates.seconds = walk.seconds;
    rates.use = engine.use();
    rates.times = engine.times();
    result_.lockstep.push_back(rates);
  }

  void measure_tables(const std::vector<std::uint64_t>& chains) {
    if (stop_) return;
    tell("tables");
    const Oracle tables = compile();
    for (const std::uint64_t count : chains) {
      if (stop_) return;
      tell(fmt::format("{} chains on tables", count));
      const std::unique_ptr<Engine> engine = make_fused_engine(
          tables, walk_, chains_at_root(tables, count, 1), options_.backend, options_.threads);
      result_.fused_device = engine->device().name;
      const TimedWalk walk =
          timed_walk(*engine, tables, options_.algorithm, options_.seed, options_.seconds, stop_);
      result_.fused.push_back({count, walk.totals, walk.seconds});
    }
  }

  const Instance& instance_;
  const ThroughputOptions& options_;
  const kernels::Walk walk_;
  const std::atomic<bool>& stop_;
  const ThroughputObserver& observer_;
  const ModelOracle hosts_;
  const Backend backend_;  // of the lockstep engine, and of the oracle as far as it can be
  const std::unique_lock<std::mutex> alone_;
  const std::unique_ptr<NetworkProducts> products_;  // of a network
  const Oracle asked_;
  const ModelOracle& model_;  // of asked_
  const LockstepOptions settings_;
  ThroughputResult result_;
};

}  // namespace

ThroughputResult measure_throughput(const Instance& instance, const ThroughputOptions& options,
                                    const std::atomic<bool>& stop,
                                    const ThroughputObserver& observer) {
  if (!(options.seconds > 0) || !std::isfinite(options.seconds))
    throw Error(ErrorKind::kUsage, "seconds",
                fmt::format("must be a finite number above 0, is {}", options.seconds));
  if (options.algorithm == Algorithm::kClassElimination)
    throw Error(ErrorKind::kUsage, "algorithm = class-elimination",
                "is no walk, and asks for no rows");
  return Throughput(instance, options, stop, observer).measure();
}

}  // namespace wend
