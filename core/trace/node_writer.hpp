// Writes one node's file while the job runs: a fixed set of chunked columns in SWMR
// mode, so that the file opens at every moment, also after this process was killed.
// Chunks are small (docs/adr/0003): gather packs them anew. Single-threaded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/node_sink.hpp"

namespace joulepath::trace {

/// Version of the layout in docs/format.md; readers refuse newer ones.
inline constexpr int kSchemaVersion = 8;

class NodeWriter final : public NodeSink {
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
  ~NodeWriter() override;

  void add(const record::MetaRow& row) override;
  void add(const record::PhaseRow& row) override;
  void add(const record::SensorRow& row) override;
  void add(const record::ProcessRow& row) override;
  void add(const record::LaneRow& row) override;
  void add(const record::CellRow& row) override;
  void add(const record::TickRow& row) override;
  void add(const record::SampleRow& row) override;
  void add(const record::ActivityRow& row) override;
  void add(const record::CpuRow& row) override;
  void add(const record::CounterRow& row) override;
  void add(const record::CountRow& row) override;
  void add(const record::GpuUseRow& row) override;
  void add(const record::CpuUseRow& row) override;
  void add(const record::EventRow& row) override;
  void add(const record::EventItemRow& row) override;
  void add(const record::CommunicatorRow& row) override;
  void add(const record::MarkRow& row) override;
  void add(const record::HealthRow& row) override;
  base::Status flush() override;
  base::Status close() override;
  [[nodiscard]] std::size_t buffered_bytes() const override;

 private:
  struct State;
  explicit NodeWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::trace
