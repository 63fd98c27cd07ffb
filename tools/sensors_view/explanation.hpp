// What `joulepath sensors --explain NAME` says: of a backend its README (what it needs,
// privileges, known errors), of a domain what it covers, of a sensor all that is known.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "sensors/sampler/sampler.hpp"

namespace joulepath::tools {

/// Text of at most 80 columns but for commands. Error kUsage: `name` is no backend, no domain
/// and no sensor of this machine.
base::Result<std::string> explain(std::string_view name, const sensors::Sampler& sampler,
                                  std::span<const sensors::Backend> backends);

}  // namespace joulepath::tools
