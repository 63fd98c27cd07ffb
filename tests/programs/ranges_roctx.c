/* A program that is linked with libroctx64: 4 nested ranges, 2 started ones, 1 mark. */
#include <stdint.h>
#include <stdio.h>

void roctxMarkA(const char*);
int roctxRangePushA(const char*);
int roctxRangePop(void);
uint64_t roctxRangeStartA(const char*);
void roctxRangeStop(uint64_t);

int main(void) {
  int levels = 0;
  for (int i = 0; i < 4; ++i) {
    levels = levels * 10 + roctxRangePushA("outer");
    levels = levels * 10 + roctxRangePushA("inner");
    levels = levels * 10 + roctxRangePop();
    levels = levels * 10 + roctxRangePop();
  }
  uint64_t a = roctxRangeStartA("A"), b = roctxRangeStartA("B");
  roctxMarkA("mark");
  roctxRangeStop(a);
  roctxRangeStop(b);
  printf("levels %d, ranges %llu %llu\n", levels, (unsigned long long)a, (unsigned long long)b);
  return 0;
}
