/* Stands in for ROCm's libroctx64: counts levels and ranges as it does, and what it was told. */
#include <stdint.h>
#include <stdio.h>

static int level, marks;
static uint64_t ranges = 100;

void roctxMarkA(const char* message) {
  marks += message != NULL;
}
int roctxRangePushA(const char* message) {
  return message != NULL ? level++ : -1;
}
int roctxRangePop(void) {
  return --level;
}
uint64_t roctxRangeStartA(const char* message) {
  return message != NULL ? ++ranges : 0;
}
void roctxRangeStop(uint64_t range) {
  printf("stop %llu, marks %d\n", (unsigned long long)range, marks);
}
