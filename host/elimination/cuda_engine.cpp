#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "host/elimination/engine.hpp"
#include "host/engines/cuda/engine.hpp"
#include "kernels/cuda/device_memory.hpp"
#include "kernels/cuda/elimination_paths.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

using kernels::cuda_check;
using kernels::DeviceArray;

// Of the memory that is free, what all blocks' scratch may take.
constexpr std::uint64_t kScratchShare = 2;

/// A view of members whose tables are in device memory, which this owns.
template <class View>
class DeviceMembers {
 public:
  /// Copies the tables on `stream`; `members` must live until they are there.
  template <class Members>
  DeviceMembers(const Members& members, cudaStream_t stream)
      : stream_(stream), view_(view_of(members)) {
    place(members);
  }
  [[nodiscard]] const View& view() const { return view_; }

 private:
  void place(const ProductMembers& members) {
    view_.signs = copy(words_, members.signs, "sign bits");
    view_.up = copy(first_reals_, members.up, "probabilities");
    view_.down = copy(second_reals_, members.down, "probabilities");
  }
  void place(const NeedleMembers& members) {
    view_.needle = copy(words_, members.needle, "needles");
    view_.follow = copy(first_reals_, members.follow, "probabilities");
    view_.leave = copy(second_reals_, members.leave, "probabilities");
  }
  void place(const TableMembers& members) {
    view_.next = copy(next_, members.next, "transitions");
    view_.table = copy(first_reals_, members.table, "probabilities");
  }
  void place(const PoolMembers& members) {
    view_.start = copy(start_, members.start, "members");
    view_.next = copy(next_, members.next, "transitions");
    view_.table = copy(first_reals_, members.table, "probabilities");
  }

  template <class T, class Table>
  const T* copy(DeviceArray<T>& array, const Table& table, const char* what) {
    array = DeviceArray<T>(table.size(), what, stream_);
    array.upload(table.data(), stream_);
    return array.data();
  }

  cudaStream_t stream_;
  DeviceArray<std::uint64_t> words_;
  DeviceArray<std::uint32_t> start_;
  DeviceArray<std::uint32_t> next_;
  DeviceArray<double> first_reals_;
  DeviceArray<double> second_reals_;
  View view_;
};

/// One block a path (kernels/cuda/elimination_paths.hpp). It works on the device that is current
/// when it is made and must be called with that device current; it has a stream of its own, which
/// is all that it ever waits for.
template <class Members>
class CudaClassEngine final : public ClassEngine {
 public:
  CudaClassEngine(const ClassTarget& target, std::uint64_t truth, const kernels::PrefixNoise& noise,
                  Device device)
      : device_(std::move(device)),
        target_(target),
        truth_(truth),
        noise_(noise),
        all_(std::get<Members>(target.members), stream_.get()) {
    fit_blocks();
  }

  void set_version_space(std::span<const std::uint32_t> members) override {
    // If anything here throws, there is no version space until one is set again.
    ready_ = false;
    selected_.reset();
    mass_ = {};
    state_ = {};
    own_ = {};
    // All of the class is there already.
    if (members.size() != all_.view().count) {
      const ClassMembers selected = select_members(target_.members, members);
      selected_.emplace(std::get<Members>(selected), stream_.get());
    }
    fit_blocks();
    ready_ = true;
  }

  void run(const kernels::ClassRound& round, std::span<const kernels::ClassPath> paths,
           std::span<kernels::PathOutcome> outcomes, std::span<std::uint32_t> symbols,
           std::span<std::uint64_t> survivors) override {
    if (!ready_) throw Error(ErrorKind::kUsage, "no version space is set: setting one failed");
    const View& view = version_space();
    const std::uint64_t words = kernels::member_words(view.count);
    if (outcomes.size() != paths.size() || symbols.size() != paths.size() * view.horizon ||
        survivors.size() != words) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} paths of {} symbols over {} words of members, with room for {} "
                              "outcomes, {} symbols and {} words",
                              paths.size(), view.horizon, words, outcomes.size(), symbols.size(),
                              survivors.size()));
    }
    if (paths.empty()) return;
    const std::uint64_t blocks = std::min<std::uint64_t>(paths.size(), most_blocks_);
    fit(mass_, blocks * words * kernels::kMembersPerWord, "members' masses");
    if (View::kHasState) fit(state_, blocks * words * kernels::kMembersPerWord, "members' states");
    fit(own_, blocks * words, "paths' survivors");
    fit(outcomes_, paths.size(), "outcomes");
    send(alive_, std::span(round.alive, words), "survivors");
    send(watch_, std::span(round.watch, words), "survivors");
    send<std::uint64_t>(survivors_, survivors, "survivors");
    send(paths_, paths, "paths");
    // A path that ends early must leave the rest of its symbols as they were.
    send<std::uint32_t>(symbols_, symbols, "symbols");
    kernels::ClassRound device_round = round;
    device_round.alive = alive_.data();
    device_round.watch = watch_.data();
    kernels::run_class_paths_async(
        kernels::ClassPaths<View>{view,
                                  all_.view(),
                                  truth_,
                                  noise_,
                                  device_round,
                                  paths_.data(),
                                  paths.size(),
                                  {mass_.data(), state_.data(), own_.data()},
                                  static_cast<unsigned>(blocks),
                                  outcomes_.data(),
                                  symbols_.data(),
                                  survivors_.data()},
        stream_.get());
    fetch(outcomes, outcomes_);
    fetch(symbols, symbols_);
    fetch(survivors, survivors_);
    wait("drawing the paths of a class");
  }

  [[nodiscard]] std::size_t parallel_paths() const override { return most_blocks_; }
  [[nodiscard]] Device device() const override { return device_; }

 private:
  using View = std::decay_t<decltype(view_of(std::declval<const Members&>()))>;

  [[nodiscard]] const View& version_space() const {
    return selected_ ? selected_->view() : all_.view();
  }

  /// How many blocks are of use and have room for their scratch; waits for the tables first.
  void fit_blocks() {
    wait("copying the members to the GPU");
    const std::uint64_t words = kernels::member_words(version_space().count);
    const std::uint64_t member_bytes =
        sizeof(double) + (View::kHasState ? sizeof(std::uint32_t) : 0);
    const std::uint64_t block_bytes =
        words * (kernels::kMembersPerWord * member_bytes + sizeof(std::uint64_t));
    std::size_t free = 0;
    std::size_t total = 0;
    cuda_check(cudaMemGetInfo(&free, &total), "asking for the memory that is free");
    most_blocks_ =
        std::clamp<std::uint64_t>(free / kScratchShare / std::max<std::uint64_t>(block_bytes, 1), 1,
                                  kernels::resident_class_blocks<View>());
  }

  void wait(const char* what) const {
    event_.record(stream_.get());
    event_.wait(what);
  }

  /// Makes room for `size` elements, whose contents are unspecified.
  template <class T>
  void fit(DeviceArray<T>& array, std::uint64_t size, const char* what) {
    if (array.size() >= size) return;
    array = {};
    array = DeviceArray<T>(size, what, stream_.get());
  }
  template <class T>
  void send(DeviceArray<T>& array, std::span<const T> values, const char* what) {
    fit(array, values.size(), what);
    cuda_check(cudaMemcpyAsync(array.data(), values.data(), values.size_bytes(),
                               cudaMemcpyHostToDevice, stream_.get()),
               "copying a round to the GPU");
  }
  template <class T>
  void fetch(std::span<T> values, const DeviceArray<T>& array) {
    cuda_check(cudaMemcpyAsync(values.data(), array.data(), values.size_bytes(),
                               cudaMemcpyDeviceToHost, stream_.get()),
               "copying a round from the GPU");
  }

  Device device_;
  kernels::Stream stream_;
  kernels::Event event_;
  const ClassTarget& target_;
  std::uint64_t truth_;
  kernels::PrefixNoise noise_;
  DeviceMembers<View> all_;
  std::optional<DeviceMembers<View>> selected_;  // V's members; none: all
  bool ready_ = true;
  std::uint64_t most_blocks_ = 1;
  DeviceArray<double> mass_;
  DeviceArray<std::uint32_t> state_;
  DeviceArray<std::uint64_t> own_;
  DeviceArray<std::uint64_t> alive_;
  DeviceArray<std::uint64_t> watch_;
  DeviceArray<std::uint64_t> survivors_;
  DeviceArray<kernels::ClassPath> paths_;
  DeviceArray<kernels::PathOutcome> outcomes_;
  DeviceArray<std::uint32_t> symbols_;
};

}  // namespace

std::unique_ptr<ClassEngine> make_cuda_class_engine(const ClassTarget& target,
                                                    const ClassOracle& oracle) {
  Device device = describe_cuda_device();
  if (!oracle.truth) {
    throw Error(ErrorKind::kUsage,
                "backend: another instance answers for the class, which it does on the CPU");
  }
  return std::visit(
      [&]<class Members>(const Members&) -> std::unique_ptr<ClassEngine> {
        return std::make_unique<CudaClassEngine<Members>>(target, *oracle.truth, oracle.noise,
                                                          std::move(device));
      },
      target.members);
}

}  // namespace wend
