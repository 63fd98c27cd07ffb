// Measures how accurate the analysis is on simulated runs and prints the figures as
// tab-separated rows, of which plot.py makes the tables and plots of docs/accuracy.md:
//   edges   phase_ms  edge_us  mean  worst  half_width  broken  runs
//   budget  phase_ms  every    mean  worst  half_width  broken  runs
//   rate    phase_ms  rate_hz  mean  worst  half_width  broken  runs
//   single  phase_ms  tick_ms  mean  p50  p99  worst  half_width  broken  runs
//   figure  scenario  figure   mean  worst  half_width  broken  runs
// Errors and half-widths are relative to the truth; broken: runs whose bounds do not
// hold it. No argument; takes a minute or so.
#include <cstdio>
#include <exception>
#include <map>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

struct Column {
  Distribution error;
  Distribution half_width;
  int broken = 0;

  void add(const Verdict& verdict) {
    if (!verdict.holds()) ++broken;
    if (!verdict.energy.known()) return;
    error.add(verdict.error());
    half_width.add(verdict.half_width());
  }
  void print_end() const {
    std::printf("%.6f\t%.6f\t%d\t%zu\n", error.largest(), half_width.mean(), broken, error.count());
  }
};

double in_ms(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-6;
}

void print_edges() {
  for (const std::int64_t edge_ns : {0 * kUs, 500 * kUs, 100 * kUs, 50 * kUs, 25 * kUs, 10 * kUs})
    for (const std::int64_t phase_ns : {100 * kUs, 300 * kUs, 1 * kMs, 3 * kMs, 10 * kMs}) {
      RecorderSettings recorder;
      recorder.edge_ns = edge_ns;
      recorder.track_edges = edge_ns > 0;
      Column column;
      for (std::uint64_t seed = 1; seed <= 10; ++seed)
        column.add(judge(simulate(two_phases(seed, phase_ns, recorder), seed)).at("phase solve"));
      std::printf("edges\t%g\t%g\t%.6f\t", in_ms(phase_ns), in_ms(edge_ns) * 1e3,
                  column.error.mean());
      column.print_end();
    }
}

void print_budgets() {
  for (const std::uint32_t every : {1u, 2u, 3u, 5u, 8u, 16u, 64u})
    for (const std::int64_t phase_ns : {100 * kUs, 300 * kUs, 1 * kMs, 3 * kMs, 10 * kMs}) {
      RecorderSettings recorder;
      recorder.track_every = every;
      Column column;
      for (std::uint64_t seed = 1; seed <= 10; ++seed)
        column.add(judge(simulate(two_phases(seed, phase_ns, recorder), seed)).at("phase solve"));
      std::printf("budget\t%g\t%u\t%.6f\t", in_ms(phase_ns), every, column.error.mean());
      column.print_end();
    }
}

void print_rates() {
  for (const std::int64_t tick_ns : {2000 * kMs, 1000 * kMs, 500 * kMs, 200 * kMs, 100 * kMs,
                                     50 * kMs, 20 * kMs, 10 * kMs, 5 * kMs, 2 * kMs, 1 * kMs})
    for (const std::int64_t phase_ns : {1 * kMs, 10 * kMs, 100 * kMs, 1000 * kMs}) {
      RecorderSettings recorder;
      recorder.tick_ns = tick_ns;
      Column column;
      for (std::uint64_t seed = 1; seed <= 5; ++seed)
        column.add(judge(simulate(two_phases(seed, phase_ns, recorder), seed)).at("phase solve"));
      std::printf("rate\t%g\t%g\t%.6f\t", in_ms(phase_ns), 1e3 / in_ms(tick_ns),
                  column.error.mean());
      column.print_end();
    }
}

void print_single() {
  for (const std::int64_t tick_ns : {1 * kMs, 10 * kMs})
    for (const std::int64_t phase_ns : {3 * kMs, 10 * kMs, 30 * kMs, 100 * kMs}) {
      RecorderSettings recorder;
      recorder.tick_ns = tick_ns;
      Column column;
      for (std::uint64_t seed = 1; seed <= 600; ++seed)
        column.add(judge(simulate(single_phase(seed, phase_ns, recorder), seed)).at("phase solve"));
      std::printf("single\t%g\t%g\t%.6f\t%.6f\t%.6f\t", in_ms(phase_ns), in_ms(tick_ns),
                  column.error.mean(), column.error.quantile(0.5), column.error.quantile(0.99));
      column.print_end();
    }
}

void print_figures() {
  for (const auto& [name, make] : all_scenarios()) {
    std::map<std::string, Column> columns;
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
      for (const Verdict& verdict : judge(simulate(make(seed), seed)).verdicts)
        columns[verdict.figure].add(verdict);
    for (const auto& [figure, column] : columns) {
      std::printf("figure\t%s\t%s\t%.6f\t", name.c_str(), figure.c_str(), column.error.mean());
      column.print_end();
    }
  }
}

}  // namespace
}  // namespace joulepath::accuracy

int main() {
  try {
    joulepath::accuracy::print_edges();
    joulepath::accuracy::print_budgets();
    joulepath::accuracy::print_rates();
    joulepath::accuracy::print_single();
    joulepath::accuracy::print_figures();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "accuracy_table: %s\n", error.what());
    return 1;
  }
  return 0;
}
