#include "sensors/papi/event_set.hpp"

#include <cerrno>
#include <utility>

namespace joulepath::sensors::papi {
namespace {

base::Error failed(const Papi& papi, const char* step, int error) {
  const int sys_errno = error == kSystemError ? errno : 0;
  const char* text = papi.strerror(error);
  std::string what = std::string(step) + ": ";
  what += text != nullptr ? text : "PAPI error " + std::to_string(error);
  const auto code = error == kNotPermitted ? base::Errc::kPermission : base::Errc::kIo;
  return {code, std::move(what), {}, sys_errno, {}};
}

}  // namespace

base::Result<EventSet> EventSet::create(const Papi& papi) {
  EventSet events(papi);
  if (const int error = papi.create(&events.set_); error != kOk)
    return failed(papi, "no event set", error);
  return events;
}

EventSet::EventSet(EventSet&& other) noexcept
    : papi_(other.papi_),
      set_(std::exchange(other.set_, kNull)),
      running_(std::exchange(other.running_, false)),
      values_(std::move(other.values_)) {}

EventSet::~EventSet() {
  if (set_ == kNull) return;
  if (running_) papi_.stop(set_, values_.data());
  papi_.cleanup(set_);
  papi_.destroy(&set_);
}

base::Status EventSet::add(const std::string& event) {
  if (const int error = papi_.add(set_, event.c_str()); error != kOk)
    return failed(papi_, "cannot be counted", error);
  values_.push_back(0);
  return base::Done{};
}

base::Status EventSet::start() {
  if (const int error = papi_.start(set_); error != kOk)
    return failed(papi_, "cannot be started", error);
  running_ = true;
  return base::Done{};
}

int EventSet::read() noexcept {
  errno = 0;
  switch (papi_.read(set_, values_.data())) {
    case kOk: return 0;
    case kSystemError: return errno != 0 ? errno : EIO;
    case kLost: return ENODEV;
    case kNotPermitted: return EACCES;
    default: return EIO;
  }
}

}  // namespace joulepath::sensors::papi
