// What must be said before two sides are compared: where they are not alike, and so what must
// not be subtracted. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/compare/run_figures.hpp"

namespace joulepath::compare {

struct Alike {
  /// Why energies must not be subtracted; empty: they may.
  std::string energy;
  /// Of the same, what holds even where both sides count the same devices.
  std::string incomplete;
  /// Why the classes of waiting and of transfer must not be.
  std::string waiting;
  /// All that a reader should know, each a sentence or two; those above among them.
  std::vector<std::string> warnings;
};

Alike how_alike(std::span<const RunFigures> before, std::span<const RunFigures> after);

}  // namespace joulepath::compare
