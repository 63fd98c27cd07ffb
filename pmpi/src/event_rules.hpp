// What event mode keeps of a call beside its times: peer, tag, communicator, requests. One
// small type for each rule of the `event` column (pmpi/gen/README.md). before() looks at
// what the call will overwrite, and may put a status of ours where the program ignores it;
// after() is for calls that succeeded. A rule with found_nothing() is that of a poll: which says
// whether the call, now that it has succeeded, found what it asked for.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>

#include "core/record/event_layout.hpp"
#include "pmpi/src/abi.hpp"
#include "pmpi/src/communicators.hpp"
#include "pmpi/src/handle_cache.hpp"

namespace joulepath::pmpi {

/// Requests of one call that are followed; a call with more counts as a lost event.
inline constexpr std::uint32_t kMostRequests = 1024;

/// The communicator of a thread's last event: most calls use the one before. Compared as the
/// argument came: bits that the MPI leaves undefined in it can only make us look further.
struct LastCommunicator {
  Arg argument;
  std::uint32_t generation;  ///< comm_generation when it was looked up; 0: none yet
  std::uint16_t index;
};

/// A thread's memory for the call it is in; its pages stay untouched until they are needed.
struct EventScratch {
  LastCommunicator last_communicator;
  record::EventItem items[kMostRequests + 1];
  Arg requests[kMostRequests];
  alignas(16) unsigned char statuses[kMostRequests * 32];
};

class EventCall {
 public:
  EventCall(Arg* values, EventScratch& scratch, const Abi& constants) noexcept
      : values_(values), scratch_(scratch), abi_(constants) {}

  std::int32_t peer = record::kNoPeer;
  std::int32_t tag = record::kNoTag;
  std::uint16_t communicator = record::kNoCommunicator;
  bool cut = false;  ///< it had more requests than are followed

  [[nodiscard]] std::uint32_t items() const noexcept { return count_; }

  [[nodiscard]] int number(int position) const noexcept {
    return static_cast<int>(values_[position]);
  }
  [[nodiscard]] int number_at(int position, std::uint32_t index = 0) const noexcept {
    return reinterpret_cast<const int*>(values_[position])[index];
  }
  [[nodiscard]] Arg handle_at(int position, std::uint32_t index = 0) const noexcept {
    return abi_.handle_in(values_[position], index);
  }
  [[nodiscard]] std::int32_t as_peer(int rank) const noexcept {
    if (rank == abi_.proc_null) return record::kNullPeer;
    return rank == abi_.any_source ? record::kAnyPeer : rank;
  }
  /// MPI_ANY_TAG is -1 in every MPI; all others are 0 or more.
  [[nodiscard]] static std::int32_t as_tag(int tag) noexcept {
    return tag < 0 ? record::kAnyTag : tag;
  }
  [[gnu::always_inline]] void set_message(int peer_at, int tag_at, int comm_at) noexcept {
    peer = as_peer(number(peer_at));
    tag = as_tag(number(tag_at));
    set_communicator(comm_at);
  }
  [[gnu::always_inline]] void set_communicator(int position) noexcept {
    LastCommunicator& last = scratch_.last_communicator;
    const std::uint32_t generation = comm_generation.load(std::memory_order_acquire);
    if (last.argument != values_[position] || last.generation != generation) [[unlikely]]
      last = {values_[position], generation, communicator_index(values_[position])};
    communicator = last.index;
  }
  void add_made_communicator(int position) noexcept { add_communicator(handle_at(position)); }

  void add_item(Arg request, std::int32_t item_peer, std::int32_t item_tag) noexcept {
    // Two words, as EventWriter reads them back at once.
    const std::uint64_t words[2] = {static_cast<std::uint64_t>(request),
                                    static_cast<std::uint32_t>(item_peer) |
                                        std::uint64_t{static_cast<std::uint32_t>(item_tag)} << 32};
    std::memcpy(&scratch_.items[count_++], words, sizeof words);
  }

  // Requests that the call may set to MPI_REQUEST_NULL.
  void keep_requests(int position, int count) noexcept {
    kept_ = count > 0 ? static_cast<std::uint32_t>(count) : 0;
    cut = kept_ > kMostRequests;
    if (cut) kept_ = kMostRequests;
    for (std::uint32_t i = 0; i < kept_; ++i) scratch_.requests[i] = handle_at(position, i);
  }
  [[nodiscard]] std::uint32_t kept() const noexcept { return kept_; }
  [[nodiscard]] const Abi& constants() const noexcept { return abi_; }

  /// The program ignores the status that says where a message came from: we do not.
  void want_status(int position) noexcept {
    if (values_[position] == abi_.status_ignore && !cut)
      values_[position] = reinterpret_cast<Arg>(scratch_.statuses);
  }
  /// Source and tag by the status, over what the call asked for.
  void take_status(int position) noexcept { read_status(position, 0, peer, tag); }
  void read_status(int position, std::uint32_t index, std::int32_t& source,
                   std::int32_t& of_tag) const noexcept {
    if (values_[position] == abi_.status_ignore) return;
    const auto* status = reinterpret_cast<const unsigned char*>(values_[position]) +
                         static_cast<std::size_t>(abi_.status_bytes) * index + abi_.status_source;
    int fields[2];
    std::memcpy(fields, status, sizeof fields);
    source = as_peer(fields[0]);
    of_tag = as_tag(fields[1]);
  }
  /// The call completed the kept request `which`, and told of it in status `index`.
  void complete(std::uint32_t which, int statuses_at, std::uint32_t index) noexcept {
    if (which >= kept_) return;
    const Arg request = scratch_.requests[which];
    if (request == abi_.request_null) return;
    std::int32_t source = record::kNoPeer;
    std::int32_t of_tag = record::kNoTag;
    read_status(statuses_at, index, source, of_tag);
    add_item(request, source, of_tag);
  }
  [[nodiscard]] bool completed_none() const noexcept { return count_ == 0 && !cut; }

 private:
  Arg* values_;
  EventScratch& scratch_;
  const Abi& abi_;
  std::uint32_t count_ = 0;
  std::uint32_t kept_ = 0;
};

template <class Parts>
concept Poll = requires(const EventCall& call) {
  { Parts::found_nothing(call) } -> std::same_as<bool>;
};

struct NoParts {
  static void before(EventCall&) noexcept {}
  static void after(EventCall&) noexcept {}
};

template <int peer, int tag, int comm>
struct Message {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept { call.set_message(peer, tag, comm); }
};

template <int peer, int tag, int comm, int status>
struct Reception {
  static void before(EventCall& call) noexcept { call.want_status(status); }
  static void after(EventCall& call) noexcept {
    call.set_message(peer, tag, comm);
    if (call.peer < 0 || call.tag < 0) call.take_status(status);
  }
};

template <int peer, int tag, int comm, int flag, int status>
struct Improbed {
  static void before(EventCall& call) noexcept { call.want_status(status); }
  static void after(EventCall& call) noexcept {
    if (call.number_at(flag) != 0) Reception<peer, tag, comm, status>::after(call);
  }
  static bool found_nothing(const EventCall& call) noexcept { return call.number_at(flag) == 0; }
};

template <int flag>
struct Probed {
  static void before(EventCall&) noexcept {}
  static void after(EventCall&) noexcept {}
  static bool found_nothing(const EventCall& call) noexcept { return call.number_at(flag) == 0; }
};

template <int peer, int tag, int comm, int request>
struct RequestedMessage {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept {
    call.set_message(peer, tag, comm);
    call.add_item(call.handle_at(request), record::kNoPeer, call.tag);
  }
};

template <int dest, int tag, int source, int receive_tag, int comm, int status>
struct Exchange {
  static void before(EventCall& call) noexcept { call.want_status(status); }
  static void after(EventCall& call) noexcept {
    call.set_message(dest, tag, comm);
    std::int32_t from = call.as_peer(call.number(source));
    std::int32_t of_tag = EventCall::as_tag(call.number(receive_tag));
    if (from < 0 || of_tag < 0) call.read_status(status, 0, from, of_tag);
    call.add_item(0, from, of_tag);
  }
};

template <int comm>
struct Collective {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept { call.set_communicator(comm); }
};

template <int root, int comm>
struct Rooted {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept {
    call.peer = call.as_peer(call.number(root));
    call.set_communicator(comm);
  }
};

template <int comm, int request>
struct RequestedCollective {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept {
    Collective<comm>::after(call);
    call.add_item(call.handle_at(request), record::kNoPeer, record::kNoTag);
  }
};

template <int root, int comm, int request>
struct RequestedRooted {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept {
    Rooted<root, comm>::after(call);
    call.add_item(call.handle_at(request), record::kNoPeer, record::kNoTag);
  }
};

template <int newcomm>
struct NewCommunicator {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept { call.add_made_communicator(newcomm); }
};

template <int comm, int newcomm>
struct CollectiveAndNew {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept {
    call.set_communicator(comm);
    call.add_made_communicator(newcomm);
  }
};

template <int request>
struct StartedOne {
  static void before(EventCall&) noexcept {}
  static void after(EventCall& call) noexcept {
    call.add_item(call.handle_at(request), record::kNoPeer, record::kNoTag);
  }
};

template <int count, int requests>
struct StartedAll {
  static void before(EventCall& call) noexcept { call.keep_requests(requests, call.number(count)); }
  static void after(EventCall& call) noexcept {
    for (std::uint32_t i = 0; i < call.kept(); ++i)
      call.add_item(call.handle_at(requests, i), record::kNoPeer, record::kNoTag);
  }
};

template <int request, int status>
struct WaitOne {
  static void before(EventCall& call) noexcept {
    call.keep_requests(request, 1);
    call.want_status(status);
  }
  static void after(EventCall& call) noexcept { call.complete(0, status, 0); }
};

template <int request, int flag, int status>
struct TestOne {
  static void before(EventCall& call) noexcept { WaitOne<request, status>::before(call); }
  static void after(EventCall& call) noexcept {
    if (call.number_at(flag) != 0) call.complete(0, status, 0);
  }
  static bool found_nothing(const EventCall& call) noexcept { return call.completed_none(); }
};

template <int count, int requests, int statuses>
struct WaitAll {
  /// No statuses of ours here: a call that is given some returns another error when one of its
  /// requests fails.
  static void before(EventCall& call) noexcept { call.keep_requests(requests, call.number(count)); }
  static void after(EventCall& call) noexcept {
    for (std::uint32_t i = 0; i < call.kept(); ++i) call.complete(i, statuses, i);
  }
};

template <int count, int requests, int flag, int statuses>
struct TestAll {
  static void before(EventCall& call) noexcept { WaitAll<count, requests, statuses>::before(call); }
  static void after(EventCall& call) noexcept {
    if (call.number_at(flag) != 0) WaitAll<count, requests, statuses>::after(call);
  }
  static bool found_nothing(const EventCall& call) noexcept { return call.completed_none(); }
};

template <int count, int requests, int index, int status>
struct WaitAny {
  static void before(EventCall& call) noexcept {
    call.keep_requests(requests, call.number(count));
    call.want_status(status);
  }
  static void after(EventCall& call) noexcept {
    // MPI_UNDEFINED is below 0 in every MPI.
    if (const int which = call.number_at(index); which >= 0)
      call.complete(static_cast<std::uint32_t>(which), status, 0);
  }
};

template <int count, int requests, int index, int flag, int status>
struct TestAny {
  static void before(EventCall& call) noexcept {
    WaitAny<count, requests, index, status>::before(call);
  }
  static void after(EventCall& call) noexcept {
    if (call.number_at(flag) != 0) WaitAny<count, requests, index, status>::after(call);
  }
  static bool found_nothing(const EventCall& call) noexcept { return call.completed_none(); }
};

template <int count, int requests, int outcount, int indices, int statuses>
struct WaitSome {
  static void before(EventCall& call) noexcept { WaitAll<count, requests, statuses>::before(call); }
  static void after(EventCall& call) noexcept {
    const int completed = call.number_at(outcount);
    for (int i = 0; i < completed; ++i)
      call.complete(
          static_cast<std::uint32_t>(call.number_at(indices, static_cast<std::uint32_t>(i))),
          statuses, static_cast<std::uint32_t>(i));
  }
};

template <int count, int requests, int outcount, int indices, int statuses>
struct TestSome : WaitSome<count, requests, outcount, indices, statuses> {
  static bool found_nothing(const EventCall& call) noexcept { return call.completed_none(); }
};

}  // namespace joulepath::pmpi
