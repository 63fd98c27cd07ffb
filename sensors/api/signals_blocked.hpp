// While it lives, its thread takes no signal, and neither do threads that it starts then: a
// recorder's signals are for the one that reads them from a descriptor. Nothing else.
#pragma once

#include <csignal>

namespace joulepath::sensors {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace joulepath::sensors
