#include "pmpi/src/long_event.hpp"

#include <algorithm>

namespace joulepath::pmpi {

void put_long_event(ThreadTables& tables, record::EventRecord event,
                    const EventCall& parts) noexcept {
  constexpr std::uint32_t kMost = 254;  // of a record's items, in whole slots
  record::EventItem* items = tables.scratch.items;
  std::uint32_t count = parts.items();
  const bool fits = event.tag == parts.tag && event.tag != record::kTagInItem;
  const bool told = count != 0 && items[0].tag == parts.tag && items[0].peer == record::kNoPeer;
  if (!fits) {
    if (!told) {
      std::copy_backward(items, items + count, items + count + 1);
      items[0] = {0, record::kNoPeer, parts.tag};
      ++count;
    }
    event.tag = record::kTagInItem;
  }
  std::uint32_t put = std::min(count, kMost);
  tables.events.put(event, items, put);
  while (put < count) {
    event.function = record::kFurtherItems;
    const std::uint32_t more = std::min(count - put, kMost);
    tables.events.put(event, items + put, more);
    put += more;
  }
  if (parts.cut) tables.events.note_dropped();
}

}  // namespace joulepath::pmpi
