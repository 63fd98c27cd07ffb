// The communicator of an event: looked up once for calls that use the same one, and again
// after one was freed or named anywhere in the process.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "pmpi/src/event_rules.hpp"

namespace joulepath::pmpi {
namespace {

std::map<Arg, std::uint16_t> names;
int look_ups = 0;

}  // namespace

// In the place of the event file's.
std::uint16_t communicator_index(Arg handle) noexcept {
  ++look_ups;
  return names.at(handle);
}

namespace {

class EventCommunicator : public ::testing::Test {
 protected:
  EventCommunicator() {
    names = {{7, 1}, {8, 2}};
    look_ups = 0;
  }
  std::uint16_t of_message(Arg communicator) {
    Arg values[3] = {0, 0, communicator};
    EventCall call(values, *scratch_, abi());
    Message<0, 1, 2>::after(call);
    return call.communicator;
  }
  std::unique_ptr<EventScratch> scratch_ = std::make_unique<EventScratch>();
};

TEST_F(EventCommunicator, IsLookedUpOnceForCallsInARow) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(of_message(7), 1);
  EXPECT_EQ(look_ups, 1);
  EXPECT_EQ(of_message(8), 2);
  EXPECT_EQ(of_message(7), 1);
  EXPECT_EQ(look_ups, 3);
}

TEST_F(EventCommunicator, IsLookedUpAgainOnceOneWasFreed) {
  EXPECT_EQ(of_message(7), 1);
  names[7] = 3;  // freed, and the handle given to a new communicator
  comm_generation.fetch_add(1);
  EXPECT_EQ(of_message(7), 3);
  EXPECT_EQ(look_ups, 2);
}

}  // namespace
}  // namespace joulepath::pmpi
