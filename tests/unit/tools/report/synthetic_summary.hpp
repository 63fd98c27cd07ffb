// Summaries to show, made by hand: small and whole, large, and with nothing known.
#pragma once

#include "core/analysis/summary.hpp"

namespace joulepath::report::testing {

analysis::Figure figure(double value, double half_width, analysis::Basis basis);

/// Four ranks on one node with two sockets; one counter lost an interval.
analysis::Summary measured_summary();
/// The same with one rank and a model instead of sensors.
analysis::Summary estimated_summary();
/// 128 ranks on 16 nodes, 40 functions and names longer than the page, not all ASCII.
analysis::Summary large_summary();
/// The first, recorded in event mode on a node with GPUs, one of them of nobody in the job.
analysis::Summary with_events_and_gpus();
/// One node, no rank, no sensor.
analysis::Summary empty_summary();

}  // namespace joulepath::report::testing
