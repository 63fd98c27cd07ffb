// A socket's figure is the sum over its dies. Where one die of a kind cannot be read,
// the others of that socket must not stand for all of it.
#pragma once

#include <span>

#include "core/record/signal.hpp"

namespace joulepath::sensors {

/// Of one backend's signals: makes those of packages and memory unreadable, with the
/// reason, where another of the same domain and socket is unreadable.
void refuse_parts_of_sockets(std::span<record::Signal> signals);

}  // namespace joulepath::sensors
