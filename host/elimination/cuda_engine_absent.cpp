// What stands for the CUDA engine of classes where wend was built without CUDA.
#include <memory>

#include "host/elimination/engine.hpp"
#include "wend/error.hpp"

namespace wend {

std::unique_ptr<ClassEngine> make_cuda_class_engine(const ClassTarget& /*target*/,
                                                    const ClassOracle& /*oracle*/) {
  throw Error(ErrorKind::kUsage, "this wend was built without CUDA");
}

}  // namespace wend
