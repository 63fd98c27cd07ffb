// The marks of one process on their way to the trace, each once: those it keeps, when they are seen
// (a node may die), and the last collective of all at the end. To be looked at about once a
// second, so that the clock of its ticks is compared with the node's near them.
#pragma once

#include <cstdint>
#include <set>

#include "core/record/channel_layout.hpp"
#include "core/record/mark_writer.hpp"
#include "core/record/tick_scale.hpp"
#include "core/trace/node_sink.hpp"

namespace joulepath::tools {

class ProcessMarks {
 public:
  explicit ProcessMarks(std::uint32_t process) : process_(process) {}
  void look(const record::WorldMarks& marks, const record::TickScale& scale, trace::NodeSink& sink);
  /// The process calls no more: its last collective too.
  void end(const record::WorldMarks& marks, const record::TickScale& scale, trace::NodeSink& sink);

 private:
  void add(const record::WorldMark& mark, const record::TickScale& scale, trace::NodeSink& sink);

  std::uint32_t process_;
  std::uint64_t last_ordinal_ = 0;  ///< of the last look
  std::set<std::uint64_t> added_;
};

}  // namespace joulepath::tools
