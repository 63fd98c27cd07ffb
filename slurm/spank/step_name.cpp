#include "slurm/spank/step_name.hpp"

namespace joulepath::slurm {

std::string step_name(const Step& step) {
  return std::to_string(step.job) + "." + std::to_string(step.step);
}

std::string session_name(const Step& step) {
  return "slurm-" + step_name(step);
}

bool is_launch_daemon(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return name == "orted" || name == "prted" || name == "hydra_pmi_proxy" ||
         name == "hydra_bstrap_proxy" || name == "pmi_proxy";
}

}  // namespace joulepath::slurm
