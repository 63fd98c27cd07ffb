#include "sensors/api/whole_socket.hpp"

#include <cstddef>
#include <vector>

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Signal;

/// The first that cannot be read of the same domain and socket; null: none.
const Signal* refused_beside(std::span<const Signal> signals, const Signal& signal) {
  for (const Signal& other : signals)
    if (!other.readable && other.domain == signal.domain && other.socket == signal.socket)
      return &other;
  return nullptr;
}

}  // namespace

void refuse_parts_of_sockets(std::span<Signal> signals) {
  // All are found before any changes, so that each names one that was truly refused.
  std::vector<const Signal*> refused(signals.size());
  for (std::size_t at = 0; at < signals.size(); ++at) {
    const Signal& signal = signals[at];
    const bool adds_up = signal.domain == Domain::kPackage || signal.domain == Domain::kDram;
    if (signal.readable && adds_up && signal.socket >= 0)
      refused[at] = refused_beside(signals, signal);
  }
  for (std::size_t at = 0; at < signals.size(); ++at) {
    if (refused[at] == nullptr) continue;
    Signal& signal = signals[at];
    signal.readable = false;
    signal.provenance = record::Provenance::kAbsent;
    signal.reason = "not used: " + refused[at]->id + " of the same socket cannot be read";
    signal.remedy = refused[at]->remedy;
  }
}

}  // namespace joulepath::sensors
