#include "tools/recorder/process_marks.hpp"

namespace joulepath::tools {

void ProcessMarks::look(const record::WorldMarks& marks, const record::TickScale& scale,
                        trace::NodeSink& sink) {
  const std::uint64_t last = marks.last.ordinal.load(std::memory_order_relaxed);
  if (last == last_ordinal_) return;
  last_ordinal_ = last;
  for (const record::WorldMark& mark : marks.kept) add(mark, scale, sink);
}

void ProcessMarks::end(const record::WorldMarks& marks, const record::TickScale& scale,
                       trace::NodeSink& sink) {
  for (const record::WorldMark& mark : marks.kept) add(mark, scale, sink);
  add(marks.last, scale, sink);
}

void ProcessMarks::add(const record::WorldMark& mark, const record::TickScale& scale,
                       trace::NodeSink& sink) {
  record::MarkTicks ticks;
  if (!read_mark(mark, ticks) || !added_.insert(ticks.ordinal).second) return;
  sink.add(
      record::MarkRow{process_, ticks.ordinal, scale.at_ns(ticks.begin), scale.at_ns(ticks.end)});
}

}  // namespace joulepath::tools
