#include "tools/summarize/result_file.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "core/analysis/node_result_bytes.hpp"
#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

/// Before each result: its length in bytes.
using Length = std::uint64_t;

}  // namespace

ResultWriter::ResultWriter(std::filesystem::path path)
    : path_(std::move(path)), file_(path_, std::ios::binary | std::ios::trunc) {}

void ResultWriter::add(const analysis::NodeResult& result) {
  const std::string bytes = analysis::to_bytes(result);
  const Length length = bytes.size();
  std::array<char, sizeof length> head{};
  std::memcpy(head.data(), &length, sizeof length);
  file_.write(head.data(), head.size());
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

base::Status ResultWriter::close() {
  file_.close();
  if (!file_) return base::system_error("cannot be written", path_.string(), errno);
  return base::Done{};
}

ResultReader::ResultReader(std::filesystem::path path)
    : path_(std::move(path)), file_(path_, std::ios::binary) {}

base::Result<analysis::NodeResult> ResultReader::next() {
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
      if (auto result = analysis::node_result(bytes)) return *std::move(result);
  }
  return base::Error{base::Errc::kIo, "was written by another process and cannot be read",
                     path_.string(), 0, "do all processes run the same joulepath?"};
}

}  // namespace joulepath::tools
