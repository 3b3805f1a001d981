#include "host/engines/cuda/lockstep_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "host/base/laps.hpp"
#include "host/engines/cuda/engine.hpp"
#include "host/engines/lockstep/oracle_failure.hpp"
#include "host/oracles/cuda_model.hpp"
#include "host/oracles/oracle.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::cuda_check;

constexpr std::uint64_t kRowScratchBytes = std::uint64_t{256} << 20U;

int current_device() {
  int device = 0;
  cuda_check(cudaGetDevice(&device), "asking for the device");
  return device;
}

template <class T>
void copy_up(const kernels::DeviceArray<T>& to, const T* from, std::uint64_t count,
             cudaStream_t stream) {
  if (count == 0) return;
  cuda_check(cudaMemcpyAsync(to.data(), from, count * sizeof(T), cudaMemcpyHostToDevice, stream),
             "copying to the GPU");
}

template <class T>
void copy_down(T* to, const kernels::DeviceArray<T>& from, std::uint64_t count,
               cudaStream_t stream) {
  if (count == 0) return;
  cuda_check(cudaMemcpyAsync(to, from.data(), count * sizeof(T), cudaMemcpyDeviceToHost, stream),
             "copying from the GPU");
}

template <class T>
void clear(const kernels::DeviceArray<T>& array, int byte, cudaStream_t stream) {
  if (array.size() == 0) return;
  cuda_check(cudaMemsetAsync(array.data(), byte, array.bytes(), stream), "clearing memory");
}

template <class T>
kernels::DeviceArray<T> copied(const std::vector<T>& values, const char* what,
                               cudaStream_t stream) {
  kernels::DeviceArray<T> copy(values.size(), what, stream);
  copy.upload(values.data(), stream);
  return copy;
}

std::uint32_t row_blocks(std::uint32_t alphabet) {
  const std::uint64_t fit = kRowScratchBytes / (kernels::row_scratch(alphabet) * sizeof(double));
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(fit, 1, std::max(1U, kernels::resident_row_blocks(alphabet))));
}

}  // namespace

template <class T>
void CudaStore::List<T>::upload(std::uint64_t count, cudaStream_t stream) const {
  copy_up(device, host.data(), count, stream);
}

CudaStore::Context::Context(const ModelOracle& oracle, std::uint32_t batch, cudaStream_t stream)
    : places(batch, stream),
      slot(batch, "a batch", stream),
      depth(batch, "a batch", stream),
      symbol(batch, "a batch", stream),
      known(batch, "a batch", stream),
      prefix(on_device(*oracle.model) != nullptr ? std::uint64_t{batch} * oracle.horizon : 0,
             "a batch", stream),
      host_logs(0),
      host_masses(0),
      host_own(0),
      host_kept(0) {
  const std::uint64_t cells = std::uint64_t{batch} * oracle.alphabet;
  const bool host = on_device(*oracle.model) == nullptr;
  if (oracle.model->traits().rows == RowKind::kLogRatio) {
    logs = Array<float>(cells, "rows", stream);
    if (host) host_logs = kernels::PinnedArray<float>(cells);
  } else {
    masses = Array<double>(cells, "rows", stream);
    own = Array<double>(batch, "rows", stream);
    host_masses = kernels::PinnedArray<double>(cells);
    host_own = kernels::PinnedArray<double>(batch);
  }
  if (oracle.thinned && host) {
    kept = Array<double>(cells, "rows", stream);
    host_kept = kernels::PinnedArray<double>(cells);
  }
}

CudaStore::CudaStore(const ModelOracle& oracle, kernels::Walk walk, const ChainState& chains,
                     const LockstepOptions& options, std::uint64_t memo_rows)
    : oracle_(oracle),
      on_device_(on_device(*oracle.model)),
      walk_(walk),
      device_(describe_cuda_device()),
      device_number_(current_device()),
      memory_(lockstep_memory(oracle, walk, chains.chains(), options)),
      node_words_(memory_.node_bytes / sizeof(std::uint32_t)),
      memo_layout_(memo_layout(oracle, walk, options.memo_bytes)),
      record_words_(oracle.horizon + record_sums(oracle)),
      chains_(chains.chains(), oracle.horizon + 1, stream_.get()),
      records_(stream_.get()),
      words_(memory_.path_bytes / sizeof(std::uint32_t), "rows of paths", stream_.get()),
      memo_words_(memo_rows * memo_layout_.words, "the memo", stream_.get()),
      first_(chains_.size(), "chains", stream_.get()),
      known_(chains_.size(), "chains", stream_.get()),
      taken_(chains_.size(), "chains", stream_.get()),
      path_hits_(chains_.size(), "chains", stream_.get()),
      dummy_moves_(oracle.end_bits.empty() ? 0 : chains_.size(), "chains", stream_.get()),
      owed_(chains_.size(), "chains", stream_.get()),
      log_mass_(oracle.own_masses ? 0 : chains_.size() * (oracle.horizon + 1ULL), "sums of paths",
                stream_.get()),
      log_weight_(log_mass_.size(), "sums of paths", stream_.get()),
      end_bits_(copied(oracle.end_bits, "end symbols", stream_.get())),
      plan_{},
      row_blocks_(row_blocks(oracle.alphabet)),
      row_scratch_(row_blocks_ * kernels::row_scratch(oracle.alphabet), "scratch", stream_.get()),
      verdicts_(chains_.size(), "verdicts", stream_.get()),
      first_fault_(1, "verdicts", stream_.get()),
      host_first_fault_(1),
      active_(chains_.size(), stream_.get()),
      standing_(chains_.size(), "chains", stream_.get()),
      prefixes_(chains_.size() * oracle.horizon, "prefixes", stream_.get()),
      host_standing_(chains_.size()),
      host_prefixes_(chains_.size() * oracle.horizon),
      recalled_(chains_.size(), stream_.get()),
      settled_(chains_.size(), stream_.get()),
      put_away_(chains_.size(), stream_.get()),
      remade_(batch_limit(oracle, chains_.size(), options), stream_.get()) {
  const std::uint64_t contexts = context_count(oracle, chains_.size());
  const std::uint32_t batch = batch_limit(oracle, chains_.size(), options);
  for (std::uint64_t i = 0; i < contexts; ++i)
    contexts_.push_back(std::make_unique<Context>(oracle, batch, stream_.get()));
  const RowBounds bounds = row_bounds(oracle.model->traits());
  bounds_ = copied(bounds.bounds, "bounds", stream_.get());
  below_ = copied(bounds.below, "bounds", stream_.get());
  plan_ = row_plan(oracle, walk, bounds);
  plan_.bounds = bounds_.data();
  plan_.below = below_.data();
  plan_.end = end_bits_.data();
  clear(path_hits_, 0, stream_.get());
  clear(dummy_moves_, 0, stream_.get());
  clear(log_mass_, 0, stream_.get());
  clear(log_weight_, 0, stream_.get());
  upload_chains(chains);
}

CudaStore::~CudaStore() { static_cast<void>(cudaStreamSynchronize(stream_.get())); }

Device CudaStore::device() const {
  return {Backend::kCuda,
          fmt::format("{}, asking \"{}\"", device_.name, oracle_.model->traits().name)};
}

// Of chains that have walked already the rows are not here: they are asked for again.
void CudaStore::upload_chains(const ChainState& state) {
  check_state(state, oracle_.horizon + 1, chains_.size());
  std::vector<kernels::Owed> owed;
  for (const std::uint64_t steps : state.steps) {
    const bool fresh = steps == 0;  // charged for its root when it was made
    if (!fresh && !oracle_.own_masses)
      throw Error(ErrorKind::kUsage, "a chain state that lacks the masses of its paths");
    owed.push_back(fresh ? kernels::Owed::kNew : kernels::Owed::kAgain);
  }
  clear(first_, 0, stream_.get());
  clear(known_, 0, stream_.get());
  clear(taken_, 0, stream_.get());
  owed_.upload(owed.data(), stream_.get());
  chains_.upload(state, stream_.get());  // and waits
}

void CudaStore::restore(const ChainState& state) { upload_chains(state); }

template <class T>
std::vector<T> CudaStore::downloaded(const T* values, std::uint64_t count) const {
  std::vector<T> host(count);
  if (count == 0) return host;
  cuda_check(cudaMemcpyAsync(host.data(), values, count * sizeof(T), cudaMemcpyDeviceToHost,
                             stream_.get()),
             "copying from the GPU");
  cuda_check(cudaStreamSynchronize(stream_.get()), "copying from the GPU");
  return host;
}

ChainState CudaStore::save() {
  ChainState state = chains_.download(stream_.get());
  state.dummy_moves = downloaded(dummy_moves_.data(), dummy_moves_.size());
  return state;
}

std::vector<std::uint64_t> CudaStore::samples() {
  return downloaded<std::uint64_t>(chains_.arrays().samples, chains_.size());
}

std::uint64_t CudaStore::unanswered() const {
  const auto owed = downloaded(owed_.data(), owed_.size());
  return static_cast<std::uint64_t>(std::ranges::count(owed, kernels::Owed::kNew));
}

void CudaStore::add_use(OracleUse& use) const {
  const auto hits = downloaded(path_hits_.data(), path_hits_.size());
  use.path_hits += std::accumulate(hits.begin(), hits.end(), std::uint64_t{0});
  use.batches += batches_;
  use.seconds += std::chrono::duration<double>(spent_).count();
  for (const auto& context : contexts_) context->asker.add_use(use);
}

void CudaStore::add_times(RoundTimes& alone, RoundTimes& asking) const {
  alone.gather += gather_seconds_;
  alone.oracle += std::chrono::duration<double>(spent_).count();
  alone.rows += row_seconds_;
  for (const auto& context : contexts_) {
    context->asker.add_times(asking);
    asking.transfers += context->transfer_seconds;
  }
}

void CudaStore::begin(const kernels::RunLimits& limits, std::span<std::uint32_t> records) {
  limits_ = limits;
  limits_.step_budget = std::min(limits.step_budget, kStepsBetweenLooks);
  const std::uint64_t words = chains_.size() * limits.round_size * record_words_;
  drawn_ = records.first(words);
  records_.make_room(words);
  // What this round does not write must come back as it was.
  records_.upload(drawn_);
  std::iota(active_.host.data(), active_.host.data() + chains_.size(), 0U);
  active_count_ = static_cast<std::uint32_t>(chains_.size());
  active_changed_ = true;
}

void CudaStore::begin(const TourTask& /*task*/) {
  throw Error(ErrorKind::kUsage, "backend = cuda", "tours are made on the CPU");
}

void CudaStore::end() { records_.download(drawn_); }

kernels::PathRows CudaStore::paths() const {
  return {words_.data(), first_.data(), known_.data(), node_words_, memory_.levels};
}

kernels::LockstepCounts CudaStore::counts() const {
  return {dummy_moves_.data(), path_hits_.data(), taken_.data(), owed_.data()};
}

kernels::LockstepJob CudaStore::job() const {
  kernels::LockstepJob job{};
  job.shape = {oracle_.alphabet, oracle_.horizon, end_bits_.data()};
  job.paths = paths();
  job.counts = counts();
  job.chains = chains_.arrays();
  job.limits = limits_;
  job.log_mass = log_mass_.data();
  job.log_weight = log_weight_.data();
  job.ratios_at = RowMaker::rows_words(oracle_, walk_);
  job.slot_bits = plan_.slot_bits;
  job.record_words = record_words_;
  job.records = records_.data();
  job.active = active_.device.data();
  job.count = active_count_;
  job.standing = standing_.data();
  job.prefix = prefixes_.data();
  return job;
}

bool CudaStore::walk() {
  waiting_.clear();
  if (active_count_ == 0) return false;
  if (active_changed_) active_.upload(active_count_, stream_.get());
  clear(first_fault_, 0xFF, stream_.get());
  kernels::walk_lockstep_async(walk_, job(), stream_.get());
  copy_down(host_standing_.data(), standing_, active_count_, stream_.get());
  copy_down(host_prefixes_.data(), prefixes_, std::uint64_t{active_count_} * oracle_.horizon,
            stream_.get());
  event_.record(stream_.get());
  event_.wait("walking");
  Laps laps;
  gather(active_count_);
  gather_seconds_ += laps.next();
  return active_count_ != 0;
}

// Leaves in `active_` the chains that go on, and in `waiting_` those of them that wait.
void CudaStore::gather(std::uint32_t count) {
  place_of_.clear();
  std::uint32_t left = 0;
  for (std::uint32_t place = 0; place < count; ++place) {
    const kernels::Standing& at = host_standing_.data()[place];
    if (at.rest == kernels::Rest::kDone) continue;
    active_.host.data()[left++] = at.chain;
    if (at.rest == kernels::Rest::kPaused) continue;
    waiting_.push_back({at.chain, at.depth, at.symbol, at.known, at.owed == kernels::Owed::kAgain,
                        host_prefixes_.data() + std::uint64_t{place} * oracle_.horizon});
    place_of_.push_back(place);
  }
  active_changed_ = left != count;
  active_count_ = left;
}

std::uint32_t* CudaStore::row(const WaitingChain& chain) const {
  return paths().node(chain.chain, chain.depth);
}

std::uint32_t* CudaStore::memo_row(std::uint32_t entry) const {
  return memo_words_.data() + entry * memo_layout_.words;
}

kernels::Installed CudaStore::to_install(const WaitingChain& chain, bool asked) {
  return {chain.chain, static_cast<std::uint16_t>(chain.depth), static_cast<std::uint16_t>(asked)};
}

void CudaStore::copy_rows(const Growing<kernels::RowCopy>& copies, std::uint64_t words) const {
  copies.upload(stream_.get());
  kernels::copy_rows_async(copies.device(), copies.count, words, stream_.get());
}

void CudaStore::move(const Moves& moves) const {
  copy_rows(moves.copies, node_words_);
  moves.installed.upload(stream_.get());
  kernels::install_rows_async(moves.installed.device(), moves.installed.count, paths(), counts(),
                              stream_.get());
}

void CudaStore::recall(std::span<const MemoRow> rows) {
  recalled_.clear();
  for (const auto& [waiting, entry] : rows)
    recalled_.installed.push(to_install(waiting_[waiting], false));
  if (memo_layout_.logs) {
    const std::uint64_t batch = contexts_.front()->places.host.size();
    for (auto left = rows; !left.empty(); left = left.subspan(std::min(left.size(), batch)))
      make_again(left.first(std::min(left.size(), batch)));
  } else {
    for (const auto& [waiting, entry] : rows)
      recalled_.copies.push({memo_row(entry), row(waiting_[waiting])});
  }
  move(recalled_);
}

// By the first context, which has nothing to do yet: at most a batch.
void CudaStore::make_again(std::span<const MemoRow> rows) {
  const Context& context = *contexts_.front();
  context.uploaded.wait("recalling rows");
  remade_.count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    context.places.host.data()[i] = place_of_[rows[i].waiting];
    float* logs = context.logs.data() + i * oracle_.alphabet;
    remade_.push({memo_row(rows[i].entry), reinterpret_cast<std::uint32_t*>(logs)});
  }
  const auto size = static_cast<std::uint32_t>(rows.size());
  kernels::BatchColumns nodes = context.columns();
  nodes.prefix = nullptr;  // which none but an oracle reads
  upload_places(context, size, nodes);
  copy_rows(remade_, memo_layout_.words);
  context.uploaded.record(stream_.get());
  make_rows(context, size);
}

void CudaStore::settle(std::span<const std::uint32_t> asked, std::span<const SharedRow> shared) {
  settled_.clear();
  put_away_.count = 0;
  for (const std::uint32_t waiting : asked)
    settled_.installed.push(to_install(waiting_[waiting], true));
  for (const auto& [waiting, entry] : kept_)
    put_away_.push({row(waiting_[waiting]) + memo_layout_.first_word, memo_row(entry)});
  for (const auto& [waiting, owner] : shared) {
    settled_.copies.push({row(waiting_[owner]), row(waiting_[waiting])});
    settled_.installed.push(to_install(waiting_[waiting], false));
  }
  copy_rows(put_away_, memo_layout_.words);
  move(settled_);
}

// Of the chains at context.places.
void CudaStore::upload_places(const Context& context, std::uint32_t size,
                              const kernels::BatchColumns& nodes) const {
  context.places.upload(size, stream_.get());
  kernels::gather_batch_async(job(), context.places.device.data(), size, nodes, stream_.get());
}

void CudaStore::ask(std::uint32_t context_number, std::span<const std::uint32_t> chains) {
  // A thread of the caller's has a current device of its own.
  cuda_check(cudaSetDevice(device_number_), "choosing the device");
  Context& context = *contexts_[context_number];
  const auto size = static_cast<std::uint32_t>(chains.size());
  context.uploaded.wait("asking an oracle");
  for (std::uint32_t i = 0; i < size; ++i) context.places.host.data()[i] = place_of_[chains[i]];
  upload_places(context, size, context.columns());
  if (on_device_ != nullptr)
    ask_device(context, chains);
  else
    ask_host(context, context_number, chains);
  make_rows(context, size);
}

// Of the context's answers, at its columns.
void CudaStore::make_rows(const Context& context, std::uint32_t size) const {
  kernels::RowsJob rows{};
  rows.plan = plan_;
  rows.paths = paths();
  rows.nodes = context.columns();
  rows.place = context.places.device.data();
  rows.logs = context.logs.data();
  rows.masses = context.masses.data();
  rows.own = context.own.data();
  rows.kept = context.kept.data();
  rows.size = size;
  rows.scratch = row_scratch_.data();
  rows.blocks = row_blocks_;
  rows.verdicts = verdicts_.data();
  rows.first_fault = first_fault_.data();
  kernels::make_rows_async(rows, stream_.get());
}

void CudaStore::ask_host(Context& context, std::uint32_t number,
                         std::span<const std::uint32_t> chains) {
  const std::uint64_t cells = chains.size() * std::uint64_t{oracle_.alphabet};
  OracleRows rows;
  rows.log_ratio = context.host_logs.data();
  rows.mass = context.host_masses.data();
  rows.own = context.host_own.data();
  rows.kept = context.host_kept.data();
  if (rows.kept != nullptr) std::fill_n(rows.kept, cells, 1.0);
  context.asker.ask(oracle_, number, waiting_, chains, rows);
  Laps laps;
  if (rows.log_ratio != nullptr) copy_up(context.logs, rows.log_ratio, cells, stream_.get());
  if (rows.mass != nullptr) {
    copy_up(context.masses, rows.mass, cells, stream_.get());
    copy_up(context.own, rows.own, chains.size(), stream_.get());
  }
  if (rows.kept != nullptr) copy_up(context.kept, rows.kept, cells, stream_.get());
  context.uploaded.record(stream_.get());
  context.transfer_seconds += laps.next();
}

void CudaStore::ask_device(Context& context, std::span<const std::uint32_t> chains) {
  context.uploaded.record(stream_.get());
  if (!asking_) asking_since_ = Clock::now();
  asking_ = true;
  ++batches_;
  const OracleBatch& host = context.asker.fill(waiting_, chains);
  call_guarded("oracle", oracle_.model->traits().name, [&] {
    on_device_->expand({host.size, context.slot.data(), context.depth.data(), context.symbol.data(),
                        context.known.data(), context.prefix.data(), oracle_.horizon, host},
                       context.logs.data(), stream_.get());
  });
}

void CudaStore::finish_asking() {
  copy_down(host_first_fault_.data(), first_fault_, 1, stream_.get());
  event_.record(stream_.get());
  Laps laps;
  event_.wait("making rows");
  if (asking_)
    spent_ += Clock::now() - asking_since_;
  else
    row_seconds_ += laps.next();
  asking_ = false;
  const std::uint32_t fault = *host_first_fault_.data();
  if (fault == kernels::kNoFault) return;
  const kernels::RowVerdict verdict = downloaded(verdicts_.data() + fault, 1).front();
  const kernels::Standing& at = host_standing_.data()[fault];
  refuse_row(oracle_.model->traits(), verdict, {at.chain, at.depth});
}

std::uint64_t free_cuda_memory() {
  static_cast<void>(describe_cuda_device());  // throws where there is none
  std::size_t free = 0;
  std::size_t total = 0;
  cuda_check(cudaMemGetInfo(&free, &total), "asking for the memory that is free");
  return free;
}

std::unique_ptr<LockstepStore> make_cuda_store(const ModelOracle& oracle, kernels::Walk walk,
                                               ChainState chains,  // NOLINT(*-value-param)
                                               const LockstepOptions& options,
                                               std::uint64_t memo_rows) {
  return std::make_unique<CudaStore>(oracle, walk, chains, options, memo_rows);
}

}  // namespace wend
