// Which events the user wants in the trace: by function, by how long they took, by phase.
// What is left out is counted, as causes of waits cannot be told from a part of the calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::tools {

class EventFilter {
 public:
  /// Lets everything through.
  EventFilter() = default;
  /// `functions`: "MPI_Send,MPI_Recv" only these, "!MPI_Iprobe" all but this; empty: all.
  /// `phases`: "solve,io/write": only in these and what lies in them; empty: everywhere.
  /// kUsage for a name that is no MPI function.
  static base::Result<EventFilter> make(std::string_view functions, std::int64_t least_ns,
                                        std::string_view phases);

  [[nodiscard]] bool all() const;
  /// By key of the functions table, duration, and name of the phase.
  [[nodiscard]] bool lets_through(std::uint32_t function, std::uint64_t ns,
                                  std::string_view phase) const;

 private:
  std::vector<bool> functions_;  ///< by key; empty: all
  std::uint64_t least_ns_ = 0;
  std::vector<std::string> phases_;
};

}  // namespace joulepath::tools
