#include "tools/recorder/sensor_groups.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

constexpr int kMaskBits = 64;

bool of_one_socket(const record::Signal& signal) {
  return signal.socket >= 0 && signal.socket < kMaskBits;
}

bool may_lead(const record::Signal& signal) {
  return signal.counted && signal.kind == record::Kind::kEnergy &&
         signal.provenance == record::Provenance::kMeasured;
}

/// Known periods first, the shortest first.
std::int64_t order_of(const record::Signal& signal) {
  return signal.update_period_ns > 0 ? signal.update_period_ns
                                     : std::numeric_limits<std::int64_t>::max();
}

/// Takes the leader out of the group's sensors. Signals of the group's own sockets only: a
/// pass at the update of another would not be at theirs.
void choose_leader(SensorGroup& group, std::span<const record::SensorRow> sensors,
                   bool only_of_socket) {
  for (const std::uint16_t key : group.sensors) {
    const record::Signal& signal = sensors[key].signal;
    if (!may_lead(signal) || (only_of_socket && !of_one_socket(signal))) continue;
    if (!group.leader || order_of(signal) < order_of(sensors[*group.leader].signal))
      group.leader = key;
  }
  if (group.leader) std::erase(group.sensors, *group.leader);
}

}  // namespace

SocketMask sockets_of(const std::string& list) {
  SocketMask mask = 0;
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto socket = base::parse_u64(rest.substr(0, comma));
    if (!socket || *socket >= kMaskBits) return kAllSockets;
    mask |= SocketMask{1} << *socket;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return mask != 0 ? mask : kAllSockets;
}

std::vector<SensorGroup> group_sensors(std::span<const record::SensorRow> sensors) {
  std::map<int, std::vector<std::uint16_t>> by_socket;
  std::vector<std::uint16_t> of_no_socket;
  for (const record::SensorRow& row : sensors) {
    if (!row.signal.readable) continue;
    (of_one_socket(row.signal) ? by_socket[row.signal.socket] : of_no_socket).push_back(row.sensor);
  }
  std::vector<SensorGroup> groups;
  SocketMask before = 0;
  for (auto& [socket, keys] : by_socket) {
    groups.push_back({std::move(keys), {}, SocketMask{1} << socket});
    if (groups.size() < by_socket.size()) before |= groups.back().sockets;
  }
  if (groups.empty()) groups.emplace_back();
  SensorGroup& last = groups.back();
  const bool sockets_only = !last.sensors.empty();
  last.sensors.insert(last.sensors.end(), of_no_socket.begin(), of_no_socket.end());
  std::sort(last.sensors.begin(), last.sensors.end());
  // Lanes of sockets without a sensor belong somewhere: here.
  last.sockets = of_no_socket.empty() ? ~before : kAllSockets;
  for (SensorGroup& group : groups) choose_leader(group, sensors, sockets_only);
  return groups;
}

}  // namespace joulepath::tools
