// Writes one node's file while the job runs: a fixed set of chunked columns in SWMR
// mode, so that the file opens at every moment, also after this process was killed.
// Columns are not compressed here (docs/adr): gather packs them. Single-threaded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"

namespace joulepath::trace {

/// Version of the layout in docs/format.md; readers refuse newer ones.
inline constexpr int kSchemaVersion = 2;

class NodeWriter {
 public:
  /// Creates `path` (fails with kConflict when it exists) and writes all that is
  /// fixed for the run. Errors: kPermission, kIo, kConflict.
  static base::Result<NodeWriter> create(const std::filesystem::path& path,
                                         const record::NodeInfo& node,
                                         std::span<const record::FunctionRow> functions);
  NodeWriter(NodeWriter&&) noexcept;
  NodeWriter& operator=(NodeWriter&&) noexcept;
  /// Closes without a final flush; call close() to learn of errors. After a failed
  /// flush the file is left as a killed writer leaves it: it opens with what it has.
  ~NodeWriter();

  // Rows are buffered; nothing reaches the file before flush().
  void add(const record::MetaRow& row);
  void add(const record::PhaseRow& row);
  void add(const record::SensorRow& row);
  void add(const record::ProcessRow& row);
  void add(const record::LaneRow& row);
  void add(const record::CellRow& row);
  void add(const record::TickRow& row);
  void add(const record::SampleRow& row);
  void add(const record::ActivityRow& row);
  void add(const record::CpuRow& row);
  void add(const record::HealthRow& row);

  /// Appends all buffered rows and makes them visible to readers. After an error
  /// (full disk) the rows stay buffered and the next flush tries again.
  base::Status flush();
  /// Flushes and closes the file. A node counts as complete when the last health row
  /// that was added is kRecorderStopped.
  base::Status close();
  /// Memory held by rows that are not in the file yet: grows while flushes fail.
  [[nodiscard]] std::size_t buffered_bytes() const;

 private:
  struct State;
  explicit NodeWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::trace
