// What a recorder sees of the file it writes to: rows go in, and reach the file with the
// next flush. It names no file format, so that a program can take readings before the
// library of the format is there (trace_module.hpp). Single-threaded.
#pragma once

#include <cstddef>

#include "core/base/result.hpp"
#include "core/record/rows.hpp"

namespace joulepath::trace {

class NodeSink {
 public:
  NodeSink() = default;
  NodeSink(NodeSink&&) noexcept = default;
  NodeSink& operator=(NodeSink&&) noexcept = default;
  NodeSink(const NodeSink&) = delete;
  NodeSink& operator=(const NodeSink&) = delete;
  virtual ~NodeSink() = default;

  // Rows are buffered; nothing reaches the file before flush().
  virtual void add(const record::MetaRow& row) = 0;
  virtual void add(const record::PhaseRow& row) = 0;
  virtual void add(const record::SensorRow& row) = 0;
  virtual void add(const record::ProcessRow& row) = 0;
  virtual void add(const record::LaneRow& row) = 0;
  virtual void add(const record::CellRow& row) = 0;
  virtual void add(const record::TickRow& row) = 0;
  virtual void add(const record::SampleRow& row) = 0;
  virtual void add(const record::ActivityRow& row) = 0;
  virtual void add(const record::CpuRow& row) = 0;
  virtual void add(const record::CounterRow& row) = 0;
  virtual void add(const record::CountRow& row) = 0;
  virtual void add(const record::GpuUseRow& row) = 0;
  virtual void add(const record::CpuUseRow& row) = 0;
  // The three of event mode reach the file only where NodeInfo::events is set.
  virtual void add(const record::EventRow& row) = 0;
  virtual void add(const record::EventItemRow& row) = 0;
  virtual void add(const record::CommunicatorRow& row) = 0;
  virtual void add(const record::MarkRow& row) = 0;
  virtual void add(const record::HealthRow& row) = 0;

  /// Appends all buffered rows and makes them visible to readers. After an error
  /// (full disk) the rows stay buffered and the next flush tries again.
  virtual base::Status flush() = 0;
  /// Flushes and closes the file. A node counts as complete when the last health row
  /// that was added is kRecorderStopped.
  virtual base::Status close() = 0;
  /// Memory held by rows that are not in the file yet: grows while flushes fail.
  [[nodiscard]] virtual std::size_t buffered_bytes() const = 0;
};

}  // namespace joulepath::trace
