// Results of nodes on their way from one process to another, one after the other in a file: neither
// holds more than one of them.
#pragma once

#include <filesystem>
#include <fstream>

#include "core/analysis/attribution.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

class ResultWriter {
 public:
  explicit ResultWriter(std::filesystem::path path);
  void add(const analysis::NodeResult& result);
  /// Error kIo: some of it could not be written.
  base::Status close();

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

class ResultReader {
 public:
  explicit ResultReader(std::filesystem::path path);
  base::Result<analysis::NodeResult> next();

 private:
  std::filesystem::path path_;
  std::ifstream file_;
};

}  // namespace joulepath::tools
