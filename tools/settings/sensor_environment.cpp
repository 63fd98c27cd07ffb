#include "tools/settings/sensor_environment.hpp"

namespace joulepath::tools {

sensors::Environment sensor_environment(const Settings& settings, const base::Clock& clock) {
  sensors::Environment environment;
  environment.sysfs_root = settings.sysfs_root;
  environment.proc_root = settings.proc_root;
  environment.dev_root = settings.dev_root;
  environment.clock = &clock;
  sensors::EstimateModel& model = environment.estimate_model;
  if (settings.estimate_min_w_per_cpu > 0) model.min_w_per_cpu = settings.estimate_min_w_per_cpu;
  if (settings.estimate_max_w_per_cpu > 0) model.max_w_per_cpu = settings.estimate_max_w_per_cpu;
  if (settings.estimate_w_per_gib > 0) model.w_per_gib = settings.estimate_w_per_gib;
  environment.ipmi = {settings.ipmi_host, settings.ipmi_user, settings.ipmi_password_file,
                      settings.ipmi_privilege};
  environment.papi_events = settings.papi_events;
  return environment;
}

}  // namespace joulepath::tools
