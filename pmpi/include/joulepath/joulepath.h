/* Joulepath's region API: names the phases of a program, so that its energy can be told
 * apart by them, and asks for joules while it runs. C99 and C++11, this header alone.
 *
 * There is nothing to link: the functions look for the preloaded libjoulepath.so when they
 * are first called (with dlsym; before glibc 2.34 that needs -ldl). Without it, and where
 * nothing is recorded, phases are without effect and energy is "not recorded".
 *
 * All functions may be called by any thread at any time, before MPI_Init and after
 * MPI_Finalize too, but not in a signal handler. Phases belong to the thread that begins
 * them. None of them prints, changes errno or ends the program.
 */
#ifndef JOULEPATH_JOULEPATH_H
#define JOULEPATH_JOULEPATH_H

#include <dlfcn.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whose energy: the node's, this process's own share, or one CPU socket's (package's). */
typedef int joulepath_scope;
#define JOULEPATH_NODE 0
#define JOULEPATH_OWN 1
#define JOULEPATH_SOCKET(n) (2 + (n)) /* n: physical package id, 0 to 7 */

/* What joulepath_energy_j returns beside 0. */
#define JOULEPATH_NOT_RECORDED 1  /* no library is preloaded, or it does not record */
#define JOULEPATH_NO_SUCH_SCOPE 2 /* no such socket in this node, or no scope at all */
#define JOULEPATH_NO_ANSWER 3     /* the recorder has not answered within a second */
#define JOULEPATH_NO_SENSOR 4     /* nothing that can be read here counts that energy */
#define JOULEPATH_BROKEN 5        /* a counter was reset, jumped or is stuck: no sum */
#define JOULEPATH_NO_COUNTER 6    /* a sensor there gives power, no energy */

/* How joules came about, worst first where several sensors add up. */
#define JOULEPATH_MEASURED 0        /* the devices' own counters */
#define JOULEPATH_DEVICE_AVERAGED 1 /* power that the device averaged */
#define JOULEPATH_ESTIMATED 2       /* a model, no sensor */
#define JOULEPATH_ABSENT 3          /* not known: joulepath_energy_j does not return 0 */

/* What the preloaded library offers; for the functions below and other languages. Later
 * versions add members at the end, and `bytes` tells how many there are. */
typedef struct joulepath_api {
  unsigned version; /* 1 */
  unsigned bytes;   /* sizeof this struct in the library */
  void (*phase_begin)(const char* name);
  void (*phase_end)(void);
  int (*energy_j)(joulepath_scope scope, double* value, double* lo, double* hi);
  int (*energy_provenance)(joulepath_scope scope);
} joulepath_api;

/* For internal use: the library's table, or null. */
static inline const joulepath_api* joulepath_find_api(void) {
  /* Looked for once in each file that includes this header; several threads may do so at
   * once and find the same. */
  static const joulepath_api absent = {0, 0, NULL, NULL, NULL, NULL};
  static const joulepath_api* cached = NULL;
  const joulepath_api* found = __atomic_load_n(&cached, __ATOMIC_ACQUIRE);
  if (found == NULL) {
    void* const everywhere = NULL; /* RTLD_DEFAULT, which glibc shows to _GNU_SOURCE alone */
#ifdef __cplusplus
    found = static_cast<const joulepath_api*>(dlsym(everywhere, "joulepath_api_1"));
#else
    found = (const joulepath_api*)dlsym(everywhere, "joulepath_api_1");
#endif
    if (found == NULL) found = &absent;
    __atomic_store_n(&cached, found, __ATOMIC_RELEASE);
  }
  return found == &absent ? NULL : found;
}

/* Begins a phase: from now on this thread's time and energy go to it. A phase begun in
 * another is nested: "solve/exchange". `name` is null-terminated UTF-8; up to 59 bytes are
 * kept, and read again at each call. A process has room for 255 different phases, a thread
 * for 64 open ones; what goes beyond stays in the innermost phase that was kept, and the
 * report says how much. */
static inline void joulepath_phase_begin(const char* name) {
  const joulepath_api* api = joulepath_find_api();
  if (api != NULL) api->phase_begin(name);
}

/* Ends the innermost phase of this thread. Without one it is counted as an error of the
 * program in the trace, and changes nothing. */
static inline void joulepath_phase_end(void) {
  const joulepath_api* api = joulepath_find_api();
  if (api != NULL) api->phase_end();
}

/* Joules since the recording began, with bounds: *lo <= truth <= *hi, as far as the power
 * does not exceed the highest that was seen and the sensors are right. Pointers may be null.
 * Returns 0, or one of the numbers above; then nothing is stored. The first call of a process
 * waits for the recorder, a sampling period and at most a second; later ones do not wait.
 * The own share is the socket's energy, idle part included, split by time among the recorded
 * threads there: an approximation whose bounds are wide where a socket is shared. For an
 * interval subtract two answers: its bounds are [lo2 - hi1, hi2 - lo1], and no less than 0. */
static inline int joulepath_energy_j(joulepath_scope scope, double* value, double* lo, double* hi) {
  const joulepath_api* api = joulepath_find_api();
  return api != NULL ? api->energy_j(scope, value, lo, hi) : JOULEPATH_NOT_RECORDED;
}

/* Whether the joules of a scope are measured or estimated: JOULEPATH_MEASURED and following;
 * JOULEPATH_ABSENT where joulepath_energy_j gives none. Does not wait. */
static inline int joulepath_energy_provenance(joulepath_scope scope) {
  const joulepath_api* api = joulepath_find_api();
  return api != NULL ? api->energy_provenance(scope) : JOULEPATH_ABSENT;
}

/* An error number of joulepath_energy_j in words, and what to do; "" for 0. Static text. */
static inline const char* joulepath_energy_reason(int error) {
  switch (error) {
    case 0: return "";
    case JOULEPATH_NOT_RECORDED:
      return "not recorded: run the program under `joulepath run`, or with `joulepath preload`";
    case JOULEPATH_NO_SUCH_SCOPE: return "this node has no such socket or scope";
    case JOULEPATH_NO_ANSWER: return "the recorder has not answered in time";
    case JOULEPATH_NO_SENSOR:
      return "nothing readable counts this energy: `joulepath sensors` says why";
    case JOULEPATH_BROKEN:
      return "a counter was reset, jumped or is stuck: the sum since the start is not known";
    case JOULEPATH_NO_COUNTER: return "a sensor there gives power, no energy: see the report";
    default: return "unknown error number";
  }
}

#ifdef __cplusplus
} /* extern "C" */

namespace joulepath {

/// A phase as long as this object lives: joulepath::Phase phase{"solve"};
class Phase {
 public:
  explicit Phase(const char* name) { joulepath_phase_begin(name); }
  ~Phase() { joulepath_phase_end(); }
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;
};

}  // namespace joulepath
#endif

#endif
