// The nodes of a gather's inputs, one after the other, handed to who writes them: what is of
// another run or was there already is left out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/trace/pack_node.hpp"
#include "core/trace/recording_key.hpp"
#include "core/trace/recordings.hpp"

namespace joulepath::trace {

/// A node of an input, whose joules are in no other that was handed over.
struct InputNode {
  const std::filesystem::path& input;
  const TraceReader& reader;
  std::size_t number;
  const record::NodeTables& tables;
};

class NodeTaker {
 public:
  NodeTaker() = default;
  NodeTaker(const NodeTaker&) = delete;
  NodeTaker& operator=(const NodeTaker&) = delete;
  virtual ~NodeTaker() = default;

  /// Error: the output failed.
  base::Status take_all(std::span<const std::filesystem::path> inputs,
                        const Recordings& recordings);

 protected:
  virtual base::Result<InputError> take(const InputNode& node) = 0;
  virtual void leave_out(std::string why) = 0;
  /// False: it has been here already, and is left out.
  bool is_new(const RecordingKey& key, const std::string& hostname, const std::string& input);
  void have_taken(const RecordingKey& key) { taken_.insert(key); }

 private:
  base::Status take_input(const std::filesystem::path& input, const Recordings& recordings);

  std::set<RecordingKey> taken_;
};

}  // namespace joulepath::trace
