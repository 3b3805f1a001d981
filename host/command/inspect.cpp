#include "host/command/inspect.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "host/command/load_visibly.hpp"
#include "host/report/inspection.hpp"
#include "host/report/report.hpp"

namespace wend {

std::string run_inspect(const InspectCommand& command) {
  const std::shared_ptr<const Instance> instance =
      load_visibly(command.instance, command.load, false);
  return command.json ? json_text(inspection_report(*instance)) : inspection_text(*instance);
}

}  // namespace wend
