// Blocks and their threads: fibres, barriers, warps.
#include "tests/support/cuda_emulation/grid.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/cuda_emulation/device.hpp"
#include "tests/support/cuda_emulation/device_code.hpp"

#if defined(WEND_SANITIZED)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace cuda_emulation {
namespace {

namespace context = boost::context::detail;

constexpr unsigned kWarp = 32;
constexpr std::size_t kStack = std::size_t{256} << 10U;

/// A stack of its own, which ends at a page that must not be touched.
class Stack {
 public:
  Stack()
      : memory_(
            static_cast<std::byte*>(::mmap(nullptr, kStack, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (memory_ == MAP_FAILED) undefined("no memory for a fibre's stack");
    ::mprotect(memory_, 4096, PROT_NONE);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
#if defined(WEND_SANITIZED)
    // Frames that were left for good are poison still, for whatever is mapped here next.
    ASAN_UNPOISON_MEMORY_REGION(memory_, kStack);
#endif
    ::munmap(memory_, kStack);
  }
  [[nodiscard]] std::byte* top() const { return memory_ + kStack; }
  [[nodiscard]] std::byte* bottom() const { return memory_; }

 private:
  std::byte* memory_;
};

template <class T>
void arrange(std::vector<T>& numbers, Order order, std::mt19937_64& random) {
  std::iota(numbers.begin(), numbers.end(), T{0});
  if (order == Order::kBackward) std::reverse(numbers.begin(), numbers.end());
  if (order == Order::kRandom) std::shuffle(numbers.begin(), numbers.end(), random);
}

enum class State { kReady, kWaitsForBlock, kWaitsForWarp, kEnded };

struct Fibre {
  context::fcontext_t where = nullptr;
  State state = State::kReady;
  std::uint32_t lanes = 0;  // that it waits for
  Meeting meeting{};
  std::uint64_t posted = 0;
  std::array<std::uint64_t, kWarp> received{};
  void* fake_stack = nullptr;  // the sanitizer's
};

bool same(const Meeting& a, const Meeting& b) {
  return a.kind == b.kind && a.line == b.line && std::strcmp(a.file, b.file) == 0;
}

/// The block that runs on a thread of the host. One warp runs on, to the block's next barrier or to
/// its end, while others have not begun: the first one there is, the last one, or now this one and
/// now that.
class Block {
 public:
  void run(dim3 block, const std::function<void()>& thread, Order order, std::mt19937_64& random) {
    const unsigned threads = block.x * block.y * block.z;
    thread_ = &thread;
    while (stacks_.size() < threads) stacks_.push_back(std::make_unique<Stack>());
    fibres_.assign(threads, {});
    ready_.assign((threads + kWarp - 1) / kWarp, 0);
    for (unsigned i = 0; i < threads; ++i) {
      fibres_[i].where = context::make_fcontext(stacks_[i]->top(), kStack - 4096, &Block::begin);
      ready_[i / kWarp] |= 1U << i % kWarp;
    }
    arrange(lane_order_, order, random);
    for (;;) {
      if (const auto warp = next_warp(order, random)) {
        run_warp(*warp, block);
        release_warp(*warp);
      } else if (!release_block()) {
        return;
      }
    }
  }

  void wait(State state, std::uint32_t lanes, const Meeting& meeting) {
    Fibre& fibre = fibres_[current_];
    fibre.state = state;
    fibre.lanes = lanes;
    fibre.meeting = meeting;
    leave(false);
  }

  [[nodiscard]] unsigned lane() const { return current_ % kWarp; }
  [[nodiscard]] std::uint32_t warp_lanes() const { return lanes_of(current_ / kWarp); }
  void post(std::uint64_t bits) { fibres_[current_].posted = bits; }
  [[nodiscard]] std::uint64_t posted_by(unsigned lane) const {
    const Fibre& fibre = fibres_[current_];
    if (lane >= kWarp || (fibre.lanes >> lane & 1U) == 0)
      undefined("a value from a lane that takes no part");
    return fibre.received[lane];
  }

 private:
  static void begin(context::transfer_t from) {
    Block& block = *static_cast<Block*>(from.data);
    block.arrived(nullptr, from.fctx);
    (*block.thread_)();
    block.fibres_[block.current_].state = State::kEnded;
    block.leave(true);
  }

  [[nodiscard]] std::uint32_t lanes_of(unsigned warp) const {
    const std::size_t lanes = std::min<std::size_t>(kWarp, fibres_.size() - warp * kWarp);
    return lanes == kWarp ? ~0U : (1U << lanes) - 1U;
  }

  void switch_to(unsigned i, dim3 block) {
    current_ = i;
    threadIdx = {i % block.x, i / block.x % block.y, i / (block.x * block.y)};
#if defined(WEND_SANITIZED)
    void* own = nullptr;
    __sanitizer_start_switch_fiber(&own, stacks_[i]->bottom(), kStack);
#endif
    const context::transfer_t back = context::jump_fcontext(fibres_[i].where, this);
#if defined(WEND_SANITIZED)
    __sanitizer_finish_switch_fiber(own, nullptr, nullptr);
#endif
    fibres_[i].where = back.fctx;
  }

  // On the fibre's side: just come from the scheduler.
  void arrived([[maybe_unused]] void* fake_stack, context::fcontext_t scheduler) {
#if defined(WEND_SANITIZED)
    __sanitizer_finish_switch_fiber(fake_stack, &host_stack_, &host_stack_size_);
#endif
    scheduler_ = scheduler;
  }

  void leave([[maybe_unused]] bool for_good) {
    const unsigned own = current_;
#if defined(WEND_SANITIZED)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fibres_[own].fake_stack, host_stack_,
                                   host_stack_size_);
#endif
    const context::transfer_t from = context::jump_fcontext(scheduler_, nullptr);
    arrived(fibres_[own].fake_stack, from.fctx);
  }

  std::optional<unsigned> next_warp(Order order, std::mt19937_64& random) {
    candidates_.clear();
    for (unsigned warp = 0; warp < ready_.size(); ++warp)
      if (ready_[warp] != 0) candidates_.push_back(warp);
    if (candidates_.empty()) return std::nullopt;
    if (order == Order::kForward) return candidates_.front();
    if (order == Order::kBackward) return candidates_.back();
    const bool stay = last_warp_ < ready_.size() && ready_[last_warp_] != 0 && random() % 4 != 0;
    if (!stay) last_warp_ = candidates_[random() % candidates_.size()];
    return last_warp_;
  }

  void run_warp(unsigned warp, dim3 block) {
    for (const unsigned lane : lane_order_) {
      if ((ready_[warp] >> lane & 1U) == 0) continue;
      switch_to(warp * kWarp + lane, block);
      if (fibres_[warp * kWarp + lane].state != State::kReady) ready_[warp] &= ~(1U << lane);
    }
  }

  void release_warp(unsigned warp) {
    const unsigned first = warp * kWarp;
    for (unsigned i = first; i < fibres_.size() && i < first + kWarp; ++i) {
      if (fibres_[i].state != State::kWaitsForWarp) continue;
      const std::uint32_t lanes = fibres_[i].lanes;
      if ((lanes >> (i - first) & 1U) == 0) undefined("a thread is not among those it waits for");
      if ((lanes & ~lanes_of(warp)) != 0) undefined("a mask with lanes that do not exist");
      if (!all_have_come(first, lanes, fibres_[i].meeting)) continue;
      std::array<std::uint64_t, kWarp> posted{};
      for (unsigned lane = 0; lane < kWarp; ++lane)
        if ((lanes >> lane & 1U) != 0) posted[lane] = fibres_[first + lane].posted;
      for (unsigned lane = 0; lane < kWarp; ++lane) {
        if ((lanes >> lane & 1U) == 0) continue;
        fibres_[first + lane].received = posted;
        fibres_[first + lane].state = State::kReady;
      }
      ready_[warp] |= lanes;
    }
  }

  [[nodiscard]] bool all_have_come(unsigned first, std::uint32_t lanes,
                                   const Meeting& meeting) const {
    bool all = true;
    for (unsigned lane = 0; lane < kWarp; ++lane) {
      if ((lanes >> lane & 1U) == 0) continue;
      const Fibre& other = fibres_[first + lane];
      if (other.state == State::kEnded) undefined("a warp waits for a thread that has ended");
      const bool here = other.state == State::kWaitsForWarp && other.lanes == lanes;
      if (here && !same(other.meeting, meeting))
        undefined("threads of a warp wait for each other in different places");
      all = all && here;
    }
    return all;
  }

  // False if all threads have ended.
  bool release_block() {
    const Fibre* one = nullptr;
    for (const Fibre& fibre : fibres_) {
      if (fibre.state == State::kEnded) continue;
      if (fibre.state != State::kWaitsForBlock)
        undefined("threads wait at a barrier for others that cannot come");
      if (one != nullptr && !same(one->meeting, fibre.meeting))
        undefined("threads of a block wait for each other in different places");
      one = &fibre;
    }
    for (unsigned i = 0; i < fibres_.size(); ++i) {
      if (fibres_[i].state != State::kWaitsForBlock) continue;
      fibres_[i].state = State::kReady;
      ready_[i / kWarp] |= 1U << i % kWarp;
    }
    return one != nullptr;
  }

  const std::function<void()>* thread_ = nullptr;
  std::vector<std::unique_ptr<Stack>> stacks_;
  std::vector<Fibre> fibres_;
  std::vector<std::uint32_t> ready_;  // lanes that can run, by warp
  std::vector<unsigned> candidates_;
  std::vector<unsigned> lane_order_ = std::vector<unsigned>(kWarp);
  unsigned last_warp_ = 0;
  context::fcontext_t scheduler_ = nullptr;
  unsigned current_ = 0;
  [[maybe_unused]] const void* host_stack_ = nullptr;
  [[maybe_unused]] std::size_t host_stack_size_ = 0;
};

Block& own_block() {
  thread_local Block block;
  return block;
}

}  // namespace

void run_grid(dim3 grid, dim3 block, std::size_t dynamic_bytes, const std::function<void()>& thread,
              Order order, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> blocks(std::uint64_t{grid.x} * grid.y * grid.z);
  arrange(blocks, order, random);
  gridDim = grid;
  blockDim = block;
  for (const std::uint64_t number : blocks) {
    blockIdx = {static_cast<unsigned>(number % grid.x),
                static_cast<unsigned>(number / grid.x % grid.y),
                static_cast<unsigned>(number / (std::uint64_t{grid.x} * grid.y))};
    renew_dynamic_shared(dynamic_bytes);
    own_block().run(block, thread, order, random);
    check_dynamic_shared(dynamic_bytes);
  }
}

void wait_for_block(const Meeting& meeting) { own_block().wait(State::kWaitsForBlock, 0, meeting); }
void wait_for_warp(std::uint32_t lanes, const Meeting& meeting) {
  own_block().wait(State::kWaitsForWarp, lanes, meeting);
}
unsigned lane() { return own_block().lane(); }
std::uint32_t warp_lanes() { return own_block().warp_lanes(); }
void post(std::uint64_t bits) { own_block().post(bits); }
std::uint64_t posted_by(unsigned lane) { return own_block().posted_by(lane); }

}  // namespace cuda_emulation
