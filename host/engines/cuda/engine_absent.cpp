// What stands for the CUDA engine where wend was built without CUDA.
#include <memory>

#include "host/engines/engine.hpp"
#include "host/engines/lockstep/store.hpp"
#include "wend/cuda.hpp"
#include "wend/error.hpp"

namespace wend {
namespace {

[[noreturn]] void refuse() { throw Error(ErrorKind::kUsage, "this wend was built without CUDA"); }

}  // namespace

std::unique_ptr<Engine> make_cuda_engine(const Oracle& /*oracle*/, kernels::Walk /*walk*/,
                                         ChainState /*chains*/) {
  refuse();
}

std::unique_ptr<LockstepStore> make_cuda_store(const ModelOracle& /*oracle*/,
                                               kernels::Walk /*walk*/, ChainState /*chains*/,
                                               const LockstepOptions& /*options*/,
                                               std::uint64_t /*memo_rows*/) {
  refuse();
}

bool cuda_available() { return false; }
bool cuda_preferred() { return false; }
std::uint64_t free_cuda_memory() { refuse(); }

}  // namespace wend

namespace wend::cuda {

class Walk::Impl {};

Walk::Walk(const Instance& /*instance*/, const WalkOptions& /*options*/, Stream /*stream*/) {
  refuse();
}
Walk::Walk(Walk&&) noexcept = default;
Walk& Walk::operator=(Walk&&) noexcept = default;
Walk::~Walk() = default;
// No Walk can be made, so none of these is reached.
void Walk::advance_async(Stream /*stream*/) { refuse(); }
void Walk::decode_async(Stream /*stream*/) { refuse(); }
void Walk::next_round() { refuse(); }
std::uint64_t Walk::chains() const { refuse(); }
std::uint64_t Walk::round_size() const { refuse(); }
std::uint32_t Walk::horizon() const { refuse(); }
const std::uint32_t* Walk::symbols() const { refuse(); }
const unsigned long long* Walk::unfinished() const { refuse(); }
const unsigned long long* Walk::expansions() const { refuse(); }
DeviceState Walk::state() const { refuse(); }
ChainState Walk::save(Stream /*stream*/) const { refuse(); }

}  // namespace wend::cuda
