// Blocks and their threads: fibres, barriers, warps.
#include "tests/support/cuda_emulation/grid.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/context/detail/fcontext.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "tests/support/cuda_emulation/device_code.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace cuda_emulation {
namespace {

namespace context = boost::context::detail;

constexpr unsigned kWarp = 32;
constexpr std::size_t kStack = std::size_t{256} << 10U;

[[noreturn]] void undefined(const char* what) {
  std::fprintf(stderr, "cuda_emulation: %s\n", what);
  std::abort();
}

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
  ~Stack() { ::munmap(memory_, kStack); }
  [[nodiscard]] std::byte* top() const { return memory_ + kStack; }
  [[nodiscard]] std::byte* bottom() const { return memory_; }

 private:
  std::byte* memory_;
};

enum class State { kReady, kWaitsForBlock, kWaitsForWarp, kEnded };

struct Fibre {
  context::fcontext_t where = nullptr;
  State state = State::kReady;
  std::uint32_t lanes = 0;  // that it waits for
  std::uint64_t posted = 0;
  void* fake_stack = nullptr;  // the sanitizer's
};

/// The block that runs on a thread of the host.
class Block {
 public:
  void run(dim3 block, const std::function<void()>& thread, const std::vector<unsigned>& order) {
    const unsigned threads = block.x * block.y * block.z;
    thread_ = &thread;
    while (stacks_.size() < threads) stacks_.push_back(std::make_unique<Stack>());
    fibres_.assign(threads, {});
    delivered_.assign(threads, 0);
    for (unsigned i = 0; i < threads; ++i)
      fibres_[i].where = context::make_fcontext(stacks_[i]->top(), kStack - 4096, &Block::begin);
    for (unsigned ended = 0; ended < threads;) {
      bool moved = false;
      for (const unsigned i : order) {
        if (fibres_[i].state != State::kReady) continue;
        moved = true;
        switch_to(i, block);
        if (fibres_[i].state == State::kEnded) ++ended;
      }
      // Only now: all that were let go at the last barrier have read what was left there.
      const bool released = release_warps() | release_block();
      if (!moved && !released && ended < threads)
        undefined("threads wait at a barrier for others that cannot come");
    }
  }

  void wait(State state, std::uint32_t lanes) {
    Fibre& fibre = fibres_[current_];
    fibre.state = state;
    fibre.lanes = lanes;
    leave(false);
  }

  [[nodiscard]] unsigned lane() const { return current_ % kWarp; }
  [[nodiscard]] std::uint32_t warp_lanes() const { return lanes_of(current_ / kWarp); }
  void post(std::uint64_t bits) { fibres_[current_].posted = bits; }
  [[nodiscard]] std::uint64_t posted_by(unsigned lane) const {
    const unsigned other = current_ / kWarp * kWarp + lane;
    if (lane >= kWarp || other >= fibres_.size() || (fibres_[current_].lanes >> lane & 1U) == 0)
      undefined("a value from a lane that takes no part");
    return delivered_[other];
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
#if defined(__SANITIZE_ADDRESS__)
    void* own = nullptr;
    __sanitizer_start_switch_fiber(&own, stacks_[i]->bottom(), kStack);
#endif
    const context::transfer_t back = context::jump_fcontext(fibres_[i].where, this);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(own, nullptr, nullptr);
#endif
    fibres_[i].where = back.fctx;
  }

  // On the fibre's side: just come from the scheduler.
  void arrived([[maybe_unused]] void* fake_stack, context::fcontext_t scheduler) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, &host_stack_, &host_stack_size_);
#endif
    scheduler_ = scheduler;
  }

  void leave([[maybe_unused]] bool for_good) {
    const unsigned own = current_;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fibres_[own].fake_stack, host_stack_,
                                   host_stack_size_);
#endif
    const context::transfer_t from = context::jump_fcontext(scheduler_, nullptr);
    arrived(fibres_[own].fake_stack, from.fctx);
  }

  bool release_warps() {
    bool released = false;
    for (unsigned i = 0; i < fibres_.size(); ++i) {
      if (fibres_[i].state != State::kWaitsForWarp) continue;
      const unsigned first = i / kWarp * kWarp;
      const std::uint32_t lanes = fibres_[i].lanes;
      if ((lanes >> (i - first) & 1U) == 0) undefined("a thread is not among those it waits for");
      if ((lanes & ~lanes_of(i / kWarp)) != 0) undefined("a mask with lanes that do not exist");
      bool all = true;
      for (unsigned lane = 0; lane < kWarp; ++lane) {
        if ((lanes >> lane & 1U) == 0) continue;
        const Fibre& other = fibres_[first + lane];
        if (other.state == State::kEnded) undefined("a warp waits for a thread that has ended");
        all = all && other.state == State::kWaitsForWarp && other.lanes == lanes;
      }
      if (!all) continue;
      for (unsigned lane = 0; lane < kWarp; ++lane) {
        if ((lanes >> lane & 1U) == 0) continue;
        delivered_[first + lane] = fibres_[first + lane].posted;
        fibres_[first + lane].state = State::kReady;
      }
      released = true;
    }
    return released;
  }

  bool release_block() {
    bool waits = false;
    for (const Fibre& fibre : fibres_) {
      if (fibre.state == State::kEnded) continue;
      if (fibre.state != State::kWaitsForBlock) return false;
      waits = true;
    }
    for (Fibre& fibre : fibres_)
      if (fibre.state == State::kWaitsForBlock) fibre.state = State::kReady;
    return waits;
  }

  const std::function<void()>* thread_ = nullptr;
  std::vector<std::unique_ptr<Stack>> stacks_;
  std::vector<Fibre> fibres_;
  std::vector<std::uint64_t> delivered_;
  context::fcontext_t scheduler_ = nullptr;
  unsigned current_ = 0;
  [[maybe_unused]] const void* host_stack_ = nullptr;
  [[maybe_unused]] std::size_t host_stack_size_ = 0;
};

Block& own_block() {
  thread_local Block block;
  return block;
}

template <class T>
void arrange(std::vector<T>& numbers, Order order, std::mt19937_64& random) {
  std::iota(numbers.begin(), numbers.end(), T{0});
  if (order == Order::kBackward) std::reverse(numbers.begin(), numbers.end());
  if (order == Order::kRandom) std::shuffle(numbers.begin(), numbers.end(), random);
}

}  // namespace

void run_grid(dim3 grid, dim3 block, std::size_t dynamic_bytes, const std::function<void()>& thread,
              Order order, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> blocks(std::uint64_t{grid.x} * grid.y * grid.z);
  std::vector<unsigned> threads(block.x * block.y * block.z);
  arrange(blocks, order, random);
  gridDim = grid;
  blockDim = block;
  for (const std::uint64_t number : blocks) {
    arrange(threads, order, random);
    blockIdx = {static_cast<unsigned>(number % grid.x),
                static_cast<unsigned>(number / grid.x % grid.y),
                static_cast<unsigned>(number / (std::uint64_t{grid.x} * grid.y))};
    renew_dynamic_shared(dynamic_bytes);
    own_block().run(block, thread, threads);
  }
}

void wait_for_block() { own_block().wait(State::kWaitsForBlock, 0); }
void wait_for_warp(std::uint32_t lanes) { own_block().wait(State::kWaitsForWarp, lanes); }
unsigned lane() { return own_block().lane(); }
std::uint32_t warp_lanes() { return own_block().warp_lanes(); }
void post(std::uint64_t bits) { own_block().post(bits); }
std::uint64_t posted_by(unsigned lane) { return own_block().posted_by(lane); }

}  // namespace cuda_emulation
