/* A libnvidia-ml.so.1 on the documented ABI, whose cards draw a known power.
 *
 * FAKE_NVML_CARDS names a file with a line for each card, "key=value" with a blank
 * between, in the order of the driver; it is read again at each call, so that a test can
 * lose a card or put them in another order while a program runs. Keys and defaults:
 *   uuid=GPU-0 name=NVIDIA_V100 (an underscore is a blank) bus=0x81 device=0x1db4 arch=5
 *   mw=250000 step_ms=20 energy=0 instant=3 average=3 usage=3 module=3 (return codes)
 *   mig=0 call_us=0 (how long a reading takes) start_mj=0
 * A line "init=9" makes nvmlInit_v2 fail so.
 *
 * FAKE_NVML_USERS names a file with a line "UUID PID PERCENT" for each process that uses a
 * card; those that have ended are not shown. PERCENT -1: utilization is not supported. Without
 * the variable the lists are not supported.
 *
 * With t in nanoseconds of CLOCK_MONOTONIC the counter shows, of all cards alike,
 *   start_mj + mw * step_ms * floor(t / step) / 1000     mJ
 * so that every reading can be checked afterwards. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define API __attribute__((visibility("default")))

struct card {
  char uuid[96], name[96];
  unsigned bus, device, arch, mw, step_ms, mig, call_us;
  int energy, instant, average, usage, module;
  unsigned long long start_mj;
};
enum { MOST = 16 };

static int init_code;

static int load(struct card* cards) {
  const char* path = getenv("FAKE_NVML_CARDS");
  FILE* file = path != NULL ? fopen(path, "r") : NULL;
  char line[1024];
  int count = 0;
  init_code = 0;
  while (file != NULL && count < MOST && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "init=%d", &init_code) == 1 || line[0] == '\n' || line[0] == '#') continue;
    struct card card = {.uuid = "GPU-0",
                        .name = "NVIDIA V100",
                        .bus = 0x81,
                        .device = 0x1db4,
                        .arch = 5,
                        .mw = 250000,
                        .step_ms = 20,
                        .instant = 3,
                        .average = 3,
                        .usage = 3,
                        .module = 3};
    for (char* word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
      char* value = strchr(word, '=');
      if (value == NULL) continue;
      *value++ = '\0';
      const unsigned long long number = strtoull(value, NULL, 0);
      const int code = (int)number;
      if (!strcmp(word, "uuid")) snprintf(card.uuid, sizeof card.uuid, "%s", value);
      if (!strcmp(word, "name")) snprintf(card.name, sizeof card.name, "%s", value);
      if (!strcmp(word, "bus")) card.bus = (unsigned)number;
      if (!strcmp(word, "device")) card.device = (unsigned)number;
      if (!strcmp(word, "arch")) card.arch = (unsigned)number;
      if (!strcmp(word, "mw")) card.mw = (unsigned)number;
      if (!strcmp(word, "step_ms")) card.step_ms = (unsigned)number;
      if (!strcmp(word, "mig")) card.mig = (unsigned)number;
      if (!strcmp(word, "call_us")) card.call_us = (unsigned)number;
      if (!strcmp(word, "start_mj")) card.start_mj = number;
      if (!strcmp(word, "energy")) card.energy = code;
      if (!strcmp(word, "instant")) card.instant = code;
      if (!strcmp(word, "average")) card.average = code;
      if (!strcmp(word, "usage")) card.usage = code;
      if (!strcmp(word, "module")) card.module = code;
    }
    for (char* letter = card.name; *letter != '\0'; ++letter)
      if (*letter == '_') *letter = ' ';
    cards[count++] = card;
  }
  if (file != NULL) fclose(file);
  return count;
}

/* A handle stands for a card, not for a place in the driver's order: it points to the
 * card's UUID. */
static char known[MOST][96];

static char* handle_of(const char* uuid) {
  for (int at = 0; at < MOST; ++at) {
    if (known[at][0] == '\0') snprintf(known[at], sizeof known[at], "%s", uuid);
    if (!strcmp(known[at], uuid)) return known[at];
  }
  return NULL;
}

static int find(void* handle, struct card* card) {
  struct card cards[MOST];
  const int count = load(cards);
  for (int at = 0; at < count; ++at)
    if (!strcmp(cards[at].uuid, (const char*)handle)) {
      *card = cards[at];
      return 0;
    }
  return 15; /* NVML_ERROR_GPU_IS_LOST */
}

static void pass_time(unsigned us) {
  const struct timespec time = {us / 1000000, us % 1000000 * 1000L};
  if (us != 0) nanosleep(&time, NULL);
}

API int nvmlInit_v2(void) {
  struct card cards[MOST];
  load(cards);
  return init_code;
}
API int nvmlShutdown(void) {
  return 0;
}
API const char* nvmlErrorString(int code) {
  switch (code) {
    case 3: return "Not Supported";
    case 4: return "Insufficient Permissions";
    case 9: return "Driver Not Loaded";
    case 15: return "GPU is lost";
  }
  return "Unknown Error";
}
API int nvmlDeviceGetCount_v2(unsigned* count) {
  struct card cards[MOST];
  *count = (unsigned)load(cards);
  return 0;
}
API int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
  struct card cards[MOST];
  if (index >= (unsigned)load(cards)) return 2;
  *handle = handle_of(cards[index].uuid);
  return 0;
}
API int nvmlDeviceGetHandleByUUID(const char* uuid, void** handle) {
  struct card card;
  *handle = handle_of(uuid);
  return find(*handle, &card) == 0 ? 0 : 6;
}
API int nvmlDeviceGetName(void* handle, char* name, unsigned size) {
  struct card card;
  const int code = find(handle, &card);
  if (code == 0) snprintf(name, size, "%s", card.name);
  return code;
}
API int nvmlDeviceGetUUID(void* handle, char* uuid, unsigned size) {
  struct card card;
  const int code = find(handle, &card);
  if (code == 0) snprintf(uuid, size, "%s", card.uuid);
  return code;
}
API int nvmlDeviceGetArchitecture(void* handle, unsigned* arch) {
  struct card card;
  const int code = find(handle, &card);
  if (code == 0) *arch = card.arch;
  return code;
}

struct pci_info {
  char legacy[16];
  unsigned domain, bus, device, device_id, subsystem_id;
  char bus_id[32];
};
_Static_assert(sizeof(struct pci_info) == 68, "nvmlPciInfo_t");

API int nvmlDeviceGetPciInfo_v3(void* handle, struct pci_info* info) {
  struct card card;
  const int code = find(handle, &card);
  if (code != 0) return code;
  memset(info, 0, sizeof *info);
  info->bus = card.bus;
  info->device_id = card.device << 16 | 0x10de;
  snprintf(info->legacy, sizeof info->legacy, "0000:%02X:00.0", card.bus);
  snprintf(info->bus_id, sizeof info->bus_id, "00000000:%02X:00.0", card.bus);
  return 0;
}

API int nvmlDeviceGetTotalEnergyConsumption(void* handle, unsigned long long* energy_mj) {
  struct card card;
  int code = find(handle, &card);
  if (code == 0) code = card.energy;
  if (code != 0) return code;
  pass_time(card.call_us);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const unsigned long long now_ms =
      (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
  *energy_mj = card.start_mj + now_ms / card.step_ms * card.step_ms * card.mw / 1000;
  return 0;
}
API int nvmlDeviceGetPowerUsage(void* handle, unsigned* power_mw) {
  struct card card;
  const int code = find(handle, &card);
  *power_mw = card.mw;
  return code != 0 ? code : card.usage;
}

struct field_value {
  unsigned id, scope;
  long long timestamp, latency;
  unsigned type;
  int code;
  union {
    double d;
    unsigned ui;
    unsigned long long ull;
  } value;
};
_Static_assert(sizeof(struct field_value) == 40, "nvmlFieldValue_t");

API int nvmlDeviceGetFieldValues(void* handle, int count, struct field_value* values) {
  struct card card;
  const int code = find(handle, &card);
  if (code != 0) return code;
  for (int at = 0; at < count; ++at) {
    values[at].type = 1;
    values[at].value.ull = 0;
    values[at].value.ui = card.mw;
    values[at].code = values[at].scope == 1  ? card.module
                      : values[at].id == 186 ? card.instant
                      : values[at].id == 185 ? card.average
                                             : 3;
  }
  return 0;
}
API int nvmlDeviceGetMigMode(void* handle, unsigned* now, unsigned* next) {
  struct card card;
  const int code = find(handle, &card);
  if (code == 0) *now = *next = card.mig;
  return code;
}

struct process_info {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance, compute_instance;
};
_Static_assert(sizeof(struct process_info) == 24, "nvmlProcessInfo_t");
struct utilization {
  unsigned pid;
  unsigned long long timestamp;
  unsigned sm, memory, encoder, decoder;
};
_Static_assert(sizeof(struct utilization) == 32, "nvmlProcessUtilizationSample_t");

/* Calls each(user, state) for each live process on the card. */
struct user {
  unsigned pid;
  int percent;
};
static void for_users(void* handle, void (*each)(const struct user*, void*), void* state) {
  const char* path = getenv("FAKE_NVML_USERS");
  FILE* file = path != NULL ? fopen(path, "r") : NULL;
  char uuid[96];
  struct user user;
  while (file != NULL && fscanf(file, "%95s %u %d", uuid, &user.pid, &user.percent) == 3)
    if (!strcmp(uuid, (const char*)handle) && kill((pid_t)user.pid, 0) == 0) each(&user, state);
  if (file != NULL) fclose(file);
}

struct listing {
  unsigned room, count;
  int unsupported;
  unsigned long long since, now;
  struct process_info* processes;
  struct utilization* samples;
};
static void list_process(const struct user* user, void* state) {
  struct listing* list = state;
  if (list->count < list->room)
    list->processes[list->count] = (struct process_info){user->pid, 1 << 20, ~0u, ~0u};
  ++list->count;
}
static void list_sample(const struct user* user, void* state) {
  struct listing* list = state;
  if (user->percent < 0) list->unsupported = 1;
  if (user->percent <= 0) return;
  if (list->count < list->room)
    list->samples[list->count] =
        (struct utilization){user->pid, list->now, (unsigned)user->percent, 1, 0, 0};
  ++list->count;
}
static int finish(const struct listing* list, unsigned* count) {
  *count = list->count;
  return list->count > list->room ? 7 : 0; /* NVML_ERROR_INSUFFICIENT_SIZE */
}

API int nvmlDeviceGetComputeRunningProcesses_v3(void* handle, unsigned* count,
                                                struct process_info* processes) {
  struct card card;
  const int code = find(handle, &card);
  if (code != 0) return code;
  if (getenv("FAKE_NVML_USERS") == NULL) return 3;
  struct listing list = {.room = *count, .processes = processes};
  for_users(handle, list_process, &list);
  return finish(&list, count);
}
API int nvmlDeviceGetProcessUtilization(void* handle, struct utilization* samples, unsigned* count,
                                        unsigned long long since) {
  struct card card;
  const int code = find(handle, &card);
  if (code != 0) return code;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct listing list = {.room = *count, .samples = samples, .since = since};
  list.now = (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
  for_users(handle, list_sample, &list);
  if (list.unsupported) return 3;
  return list.count == 0 ? 6 : finish(&list, count); /* NVML_ERROR_NOT_FOUND */
}
