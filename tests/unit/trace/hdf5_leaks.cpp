// HDF5 1.10 loses memory of its own where a write fails or a file is damaged, which
// these tests provoke. Leaks of our code are still reported.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5\n";
}
