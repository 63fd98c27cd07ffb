#include "core/trace/column_codec.hpp"

#include <algorithm>

namespace joulepath::trace {
namespace {

constexpr std::string_view kCutMark = "\u2026";

/// Where the character that byte `at` belongs to begins.
std::size_t character_start(std::string_view text, std::size_t at) {
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u) --at;
  return at;
}

}  // namespace

std::string_view to_string(record::ProcessState state) {
  switch (state) {
    case record::ProcessState::kRunning: return "running";
    case record::ProcessState::kFinalized: return "finalized";
    case record::ProcessState::kDied: return "died";
  }
  return "unknown";
}

std::optional<record::ProcessState> process_state_from(std::string_view name) {
  for (const auto state : {record::ProcessState::kRunning, record::ProcessState::kFinalized,
                           record::ProcessState::kDied})
    if (to_string(state) == name) return state;
  return std::nullopt;
}

std::string_view to_string(record::LaneKind kind) {
  switch (kind) {
    case record::LaneKind::kTold: return "told";
    case record::LaneKind::kSampled: return "sampled";
    case record::LaneKind::kOthers: return "others";
  }
  return "unknown";
}

std::optional<record::LaneKind> lane_kind_from(std::string_view name) {
  for (const auto kind :
       {record::LaneKind::kTold, record::LaneKind::kSampled, record::LaneKind::kOthers})
    if (to_string(kind) == name) return kind;
  return std::nullopt;
}

std::string fitted(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  if (width < kCutMark.size()) return std::string(text.substr(0, character_start(text, width)));
  const std::size_t kept = character_start(text, width - kCutMark.size());
  return std::string(text.substr(0, kept)).append(kCutMark);
}

void append_text(ColumnBytes& column, std::string_view text, std::size_t width) {
  std::byte* const at = column.extend(width);
  const std::string cut = text.size() > width ? fitted(text, width) : std::string();
  if (text.size() > width) text = cut;
  std::memcpy(at, text.data(), text.size());
  std::memset(at + text.size(), 0, width - text.size());
}

std::string_view stored_text(const std::byte* element, std::size_t width) {
  const std::string_view all(reinterpret_cast<const char*>(element), width);
  return all.substr(0, std::min(width, all.find('\0')));
}

}  // namespace joulepath::trace
