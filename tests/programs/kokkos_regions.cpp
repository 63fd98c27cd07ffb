// A Kokkos program with regions, named kernels, a deep copy and a section: of known number.
#include <Kokkos_Core.hpp>
#include <Kokkos_Profiling_ProfileSection.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  Kokkos::initialize(argc, argv);
  {
    Kokkos::View<double*> values("values", 1000);
    Kokkos::View<double*> copy("copy", 1000);
    Kokkos::Profiling::ProfilingSection section("section");
    double sum = 0;
    for (int step = 0; step < 6; ++step) {
      Kokkos::Profiling::pushRegion("step");
      Kokkos::parallel_for(
          "fill", 1000, KOKKOS_LAMBDA(int i) { values(i) = i; });
      section.start();
      Kokkos::parallel_reduce(
          "sum", 1000, KOKKOS_LAMBDA(int i, double& s) { s += values(i); }, sum);
      section.stop();
      Kokkos::deep_copy(copy, values);
      Kokkos::Profiling::popRegion();
    }
    std::printf("kokkos %.0f\n", sum + copy(7));
  }
  Kokkos::finalize();
  return 0;
}
