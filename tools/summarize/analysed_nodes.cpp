#include "tools/summarize/analysed_nodes.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

/// Before each node: its length in bytes.
using Length = std::uint64_t;

}  // namespace

AnalysedWriter::AnalysedWriter(std::filesystem::path path)
    : path_(std::move(path)), file_(path_, std::ios::binary | std::ios::trunc) {}

void AnalysedWriter::add(const analysis::AnalysedNode& node) {
  const std::string bytes = analysis::to_bytes(node);
  const Length length = bytes.size();
  std::array<char, sizeof length> head{};
  std::memcpy(head.data(), &length, sizeof length);
  file_.write(head.data(), head.size());
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

base::Status AnalysedWriter::close() {
  file_.close();
  if (!file_) return base::system_error("cannot be written", path_.string(), errno);
  return base::Done{};
}

AnalysedReader::AnalysedReader(std::filesystem::path path)
    : path_(std::move(path)), file_(path_, std::ios::binary) {}

base::Result<analysis::AnalysedNode> AnalysedReader::next() {
  std::error_code error;
  std::array<char, sizeof(Length)> head{};
  Length length = 0;
  file_.read(head.data(), head.size());
  std::memcpy(&length, head.data(), sizeof length);
  std::string bytes;
  if (file_ && length <= std::filesystem::file_size(path_, error)) {
    bytes.resize(length);
    file_.read(bytes.data(), static_cast<std::streamsize>(length));
    if (file_)
      if (auto node = analysis::analysed_node(bytes)) return *std::move(node);
  }
  return base::Error{base::Errc::kIo, "was written by another process and cannot be read",
                     path_.string(), 0, "do all processes run the same joulepath?"};
}

}  // namespace joulepath::tools
