#include "core/trace/node_taker.hpp"

#include <utility>

namespace joulepath::trace {

bool NodeTaker::is_new(const RecordingKey& key, const std::string& hostname,
                       const std::string& input) {
  if (!taken_.contains(key)) return true;
  const base::Error why{
      base::Errc::kConflict, "node " + hostname + " was gathered already", input, 0, {}};
  leave_out(why.message());
  return false;
}

base::Status NodeTaker::take_all(std::span<const std::filesystem::path> inputs,
                                 const Recordings& recordings) {
  for (const auto& input : inputs)
    if (auto status = take_input(input, recordings); !status) return status;
  return base::Done{};
}

base::Status NodeTaker::take_input(const std::filesystem::path& input,
                                   const Recordings& recordings) {
  const auto reader = TraceReader::open(input);
  if (!reader) {
    leave_out(reader.error().message());
    return base::Done{};
  }
  if (reader->is_master())
    if (const auto why = reader->run().meta_value(record::kLeftOut); !why.empty())
      leave_out(std::string(why));
  for (std::size_t n = 0; n < reader->node_count(); ++n) {
    auto tables = reader->node(n);
    if (!tables) {
      leave_out(tables.error().message());
      continue;
    }
    if (std::string why = recordings.of_another_run(input, n); !why.empty()) {
      const base::Error other{base::Errc::kConflict, std::move(why), input.string(), 0, {}};
      leave_out(other.message());
      continue;
    }
    const auto key = recording_key(tables->info);
    if (!is_new(key, tables->info.hostname, input.string())) continue;
    recordings.count_once(input, n, tables->sensors);
    const auto taken = take({input, *reader, n, *tables});
    if (!taken) return taken.error();
    if (*taken) {
      leave_out((*taken)->message());
      continue;
    }
    have_taken(key);
  }
  return base::Done{};
}

}  // namespace joulepath::trace
