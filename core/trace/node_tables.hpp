// The tables of one node on their way to a file, in the order in which they are
// written: what is referred to before what refers to it, and the ticks last. So a
// reader that sees a tick finds all that belongs to it.
#pragma once

#include <tuple>

#include "core/trace/table_writer.hpp"

namespace joulepath::trace {

using NodeTableWriters = std::tuple<
    TableWriter<record::SensorRow>, TableWriter<record::ProcessRow>, TableWriter<record::LaneRow>,
    TableWriter<record::CellRow>, TableWriter<record::CounterRow>,
    TableWriter<record::CommunicatorRow>, TableWriter<record::MarkRow>,
    TableWriter<record::ClockRow>, TableWriter<record::EventItemRow>, TableWriter<record::EventRow>,
    TableWriter<record::SampleRow>, TableWriter<record::ActivityRow>, TableWriter<record::CpuRow>,
    TableWriter<record::CountRow>, TableWriter<record::GpuUseRow>, TableWriter<record::CpuUseRow>,
    TableWriter<record::HealthRow>, TableWriter<record::TickRow>>;

/// Those that grow with ticks.
using LongTableWriters = std::tuple<TableWriter<record::EventItemRow>,
                                    TableWriter<record::EventRow>, TableWriter<record::SampleRow>,
                                    TableWriter<record::ActivityRow>, TableWriter<record::CpuRow>,
                                    TableWriter<record::CountRow>, TableWriter<record::GpuUseRow>,
                                    TableWriter<record::CpuUseRow>, TableWriter<record::TickRow>>;

/// Calls act(table) for each table of a tuple until one fails.
template <class Tables, class Act>
base::Status for_each_table(Tables& tables, Act&& act) {
  base::Status outcome = base::Done{};
  std::apply(
      [&](auto&... table) {
        // The fold stops at the first failure.
        static_cast<void>((((outcome = act(table)).ok()) && ...));
      },
      tables);
  return outcome;
}

}  // namespace joulepath::trace
