// What the marks of a node's processes say of its clock, made small: of each collective when the
// last process of the node had begun it and the first had ended it. On no other node it ended
// before that begin, nor began after that end. And what is made of it: the course of its clock.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/record/tables.hpp"

namespace joulepath::record {

struct NodeMark {
  std::uint64_t ordinal = 0;
  std::int64_t last_begin_ns = 0;
  std::int64_t first_end_ns = 0;
};

struct NodeMarks {
  std::vector<NodeMark> marks;   ///< by ordinal, rising; at most some 130
  std::set<std::int32_t> ranks;  ///< of processes that have marks
  std::int32_t world = -1;       ///< their number in all
  bool several_worlds = false;   ///< they are of several programs: `marks` is empty
  std::int64_t first_ns = 0;     ///< of the node's recording, by its own clock
  std::int64_t last_ns = 0;
};

NodeMarks marks_of(const NodeTables& node);

/// A node's clock beside those of the others.
struct NodeClock {
  std::vector<ClockRow> rows;  ///< rising; the reference's have offset 0. Empty: see `unknown`
  std::string unknown;         ///< why it is not aligned; empty with rows, and of a single node
};

/// Of all nodes of a run, in their order.
using AlignClocks = std::vector<NodeClock> (*)(std::span<const NodeMarks> nodes);

template <class Archive>
void fields(Archive& archive, base::Is<NodeMark> auto& mark) {
  auto& [ordinal, begin, end] = mark;
  archive(ordinal, begin, end);
}
template <class Archive>
void fields(Archive& archive, base::Is<NodeMarks> auto& node) {
  auto& [marks, ranks, world, several, first, last] = node;
  archive(marks, ranks, world, several, first, last);
}

}  // namespace joulepath::record
