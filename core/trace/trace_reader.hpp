// Opens a trace: a node's file (also while it is being written, or after its
// recorder was killed), a gathered file, or a master and the nodes' files it links to: those that
// cannot be used are nodes that it does not have, and run() tells. Small tables are read at once,
// long ones stream in blocks of bounded size. Single-threaded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"

namespace joulepath::trace {

/// Reads the long tables of one node, in time order.
class BlockReader {
 public:
  BlockReader(BlockReader&&) noexcept;
  BlockReader& operator=(BlockReader&&) noexcept;
  ~BlockReader();
  /// Replaces `block` by the next ticks (at most `max_ticks`); false at the end.
  /// Memory is bounded by the rows of those ticks. Keys are checked against the tables.
  /// Error kFormat: rows out of order, a key without a row, a damaged file.
  base::Result<bool> next(record::Block& block, std::size_t max_ticks = 4096);

 private:
  friend class TraceReader;
  struct State;
  explicit BlockReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class TraceReader {
 public:
  /// Errors: kNotFound, kPermission, kFormat (not HDF5, truncated, a table missing:
  /// `what` says which; a master without a single node left), kNewer.
  static base::Result<TraceReader> open(const std::filesystem::path& path);
  TraceReader(TraceReader&&) noexcept;
  TraceReader& operator=(TraceReader&&) noexcept;
  ~TraceReader();

  [[nodiscard]] const record::RunTables& run() const;
  [[nodiscard]] std::size_t node_count() const;
  /// Its nodes' long tables are in files of their own.
  [[nodiscard]] bool is_master() const;
  /// Of each node of a master that cannot be used, why.
  [[nodiscard]] const std::vector<std::string>& left_out() const;
  /// It is being written, or its writer was killed.
  [[nodiscard]] bool live() const;
  /// Columns of a killed recorder can differ in length by what it last wrote: rows
  /// that are not whole are left out. Of a file that is being written, node() and
  /// blocks() show what it held when it was opened. To see more, let go of the reader
  /// and its blocks, then open again: HDF5 shares one view per file and process.
  base::Result<record::NodeTables> node(std::size_t node) const;
  base::Result<BlockReader> blocks(std::size_t node) const;
  /// The same, for who has the node's tables already.
  base::Result<BlockReader> blocks(std::size_t node, const record::NodeTables& tables) const;
  /// Of node(), at little cost.
  base::Result<record::NodeInfo> info(std::size_t node) const;

 private:
  struct State;
  explicit TraceReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::trace
