// The sections of the text report, each a pure function that returns whole lines, or
// nothing where there is nothing to say.
#pragma once

#include <string>

#include "tools/report/text_report.hpp"

namespace joulepath::report {

// What ran, and what it took (text_report.cpp puts these first).
std::string header_section(const analysis::Summary& summary);
std::string total_section(const analysis::Summary& summary);
// Where: nodes, sockets, domains; ranks (text_places.cpp).
std::string places_section(const analysis::Summary& summary, const TextOptions& options);
std::string ranks_section(const analysis::Summary& summary, const TextOptions& options);
std::string threads_section(const analysis::Summary& summary, const TextOptions& options);
std::string gpus_section(const analysis::Summary& summary);
// In what: classes, functions, phases, and how unevenly (text_work.cpp).
std::string classes_section(const analysis::Summary& summary);
std::string functions_section(const analysis::Summary& summary, const TextOptions& options);
std::string phases_section(const analysis::Summary& summary, const TextOptions& options);
// What the CPU's counters counted, and what each count cost (text_counters.cpp).
std::string counters_section(const analysis::Summary& summary, const TextOptions& options);
std::string imbalance_section(const analysis::Summary& summary);
// Why the ranks waited, and for whom: event mode (text_waits.cpp).
std::string waits_section(const analysis::Summary& summary);
// How it was split: fits of power, static power (text_fits.cpp).
std::string fits_section(const analysis::Summary& summary, const TextOptions& options);
std::string static_section(const analysis::Summary& summary);
// The rest: what no rank took, what is not known, what went wrong (text_notes.cpp).
std::string rest_section(const analysis::Summary& summary);
/// Nodes on which other programs ran; empty: none were noticed.
std::string shared_section(const analysis::Summary& summary);
std::string missing_section(const analysis::Summary& summary);
std::string health_section(const analysis::Summary& summary);
std::string recorder_section(const analysis::Summary& summary);

/// Label, energy, bounds, share of the total, time: the row most sections use.
std::string energy_row(const std::string& label, const analysis::Figure& energy,
                       const analysis::Figure& whole, const std::string& time);
/// The head of such rows.
std::string energy_head(const std::string& title, const std::string& time);
std::string plural(std::size_t count, const std::string& noun);

}  // namespace joulepath::report
