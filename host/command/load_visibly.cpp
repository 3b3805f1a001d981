#include "host/command/load_visibly.hpp"

#include <optional>

#include "host/report/elapsed_line.hpp"
#include "host/report/progress.hpp"

namespace wend {

std::shared_ptr<const Instance> load_visibly(const std::filesystem::path& path,
                                             const LoadOptions& options, bool quiet) {
  RunningLine line;
  std::optional<ElapsedLine> loading;
  if (!quiet && line.is_shown()) loading.emplace(line, "the instance is read and summed up");
  return load_instance(path, options);
}

}  // namespace wend
