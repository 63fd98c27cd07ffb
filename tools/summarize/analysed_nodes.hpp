// Analysed nodes on their way from one process to another, one after the other in a file: neither
// holds more than one of them.
#pragma once

#include <filesystem>
#include <fstream>

#include "core/analysis/analysed_node.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

class AnalysedWriter {
 public:
  explicit AnalysedWriter(std::filesystem::path path);
  void add(const analysis::AnalysedNode& node);
  /// Error kIo: some of it could not be written.
  base::Status close();

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

class AnalysedReader {
 public:
  explicit AnalysedReader(std::filesystem::path path);
  base::Result<analysis::AnalysedNode> next();

 private:
  std::filesystem::path path_;
  std::ifstream file_;
};

}  // namespace joulepath::tools
