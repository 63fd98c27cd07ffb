// The small tables of a trace as bytes and back (core/base/bytes.hpp), for processes that work
// together. The bindings fail to compile when a row gains a member.
#pragma once

#include "core/base/bytes.hpp"
#include "core/record/tables.hpp"

namespace joulepath::record {

template <class Archive>
void fields(Archive& archive, base::Is<MetaRow> auto& row) {
  auto& [key, value] = row;
  archive(key, value);
}
template <class Archive>
void fields(Archive& archive, base::Is<PhaseRow> auto& row) {
  auto& [phase, name] = row;
  archive(phase, name);
}
template <class Archive>
void fields(Archive& archive, base::Is<FunctionRow> auto& row) {
  auto& [function, name, class_name] = row;
  archive(function, name, class_name);
}
template <class Archive>
void fields(Archive& archive, base::Is<NodeInfo> auto& row) {
  auto& [host, identity, cpu, kernel, topology, utc, monotonic, period, sockets, cpus, events] =
      row;
  archive(host, identity, cpu, kernel, topology, utc, monotonic, period, sockets, cpus, events);
}
template <class Archive>
void fields(Archive& archive, base::Is<Signal> auto& row) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = row;
  archive(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
}
template <class Archive>
void fields(Archive& archive, base::Is<SensorRow> auto& row) {
  auto& [sensor, signal] = row;
  archive(sensor, signal);
}
template <class Archive>
void fields(Archive& archive, base::Is<ProcessRow> auto& row) {
  auto& [process, rank, world, pid, first, last, state, cpuset, sockets, dies, numa, gpus, reason] =
      row;
  archive(process, rank, world, pid, first, last, state, cpuset, sockets, dies, numa, gpus, reason);
}
template <class Archive>
void fields(Archive& archive, base::Is<LaneRow> auto& row) {
  auto& [lane, process, thread, tid, first, last, kind, name] = row;
  archive(lane, process, thread, tid, first, last, kind, name);
}
template <class Archive>
void fields(Archive& archive, base::Is<CellRow> auto& row) {
  auto& [cell, phase, function] = row;
  archive(cell, phase, function);
}
template <class Archive>
void fields(Archive& archive, base::Is<CounterRow> auto& row) {
  auto& [counter, name] = row;
  archive(counter, name);
}
template <class Archive>
void fields(Archive& archive, base::Is<HealthRow> auto& row) {
  auto& [t, kind, subject, detail, value] = row;
  archive(t, kind, subject, detail, value);
}
template <class Archive>
void fields(Archive& archive, base::Is<CommunicatorRow> auto& row) {
  auto& [communicator, process, id, size, rank] = row;
  archive(communicator, process, id, size, rank);
}
template <class Archive>
void fields(Archive& archive, base::Is<MarkRow> auto& row) {
  auto& [process, ordinal, begin, end] = row;
  archive(process, ordinal, begin, end);
}
template <class Archive>
void fields(Archive& archive, base::Is<ClockRow> auto& row) {
  auto& [t, offset, lo, hi] = row;
  archive(t, offset, lo, hi);
}
template <class Archive>
void fields(Archive& archive, base::Is<NodeTables> auto& node) {
  auto& [info, complete, sensors, processes, lanes, cells, counters, health, communicators, marks,
         clock] = node;
  archive(info, complete, sensors, processes, lanes, cells, counters, health, communicators, marks,
          clock);
}

}  // namespace joulepath::record
