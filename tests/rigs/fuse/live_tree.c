/* A powercap tree of a machine that lives, as a file system: counters that move at a known
 * power, wrap, stand still, refuse, go away and come back, or start anew.
 *
 * live_tree MOUNT-POINT SPEC [options of libfuse]
 *
 * A line of SPEC is
 *   ENTRY NAME WATTS START_UJ MAX_RANGE_UJ [FAULT FROM_MS TO_MS]
 * and makes class/powercap/ENTRY with name, energy_uj and max_energy_range_uj. With t in
 * CLOCK_MONOTONIC since the first reading of any energy_uj, which sees START_UJ,
 *   energy_uj = (START_UJ + WATTS * 10^6 * t) mod (MAX_RANGE_UJ + one count of 2^32)
 * updated every millisecond. FAULT, from FROM_MS to TO_MS of t:
 *   stale    the value stands still, and then is what it would have been
 *   refuse   open and read give EACCES
 *   vanish   the folder is not there, reading an open file gives ENODEV
 *   renew    as vanish; when it is back, the counter has started at 0 at TO_MS
 *   back     from FROM_MS on the counter is 1 J lower than it should be (TO_MS is not used)
 * The file "t0_ns" holds the moment of the first reading, 0 before it.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kMostZones = 16, kTextSize = 64 };
static const char kFolder[] = "/class/powercap";
static const char* const kFiles[] = {"name", "energy_uj", "max_energy_range_uj"};
enum file { kName, kEnergy, kRange, kFiles_, kFolderItself, kStart, kNothing };

struct zone {
  char entry[kTextSize], name[kTextSize], fault[16];
  double watts;
  uint64_t start_uj, max_range_uj;
  int64_t from_ns, to_ns;
};

static struct zone zones[kMostZones];
static int zone_count;
static int64_t t0_ns;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nothing fails before the first reading. */
static int64_t elapsed_ns(void) {
  return t0_ns == 0 ? 0 : now_ns() - t0_ns;
}

static int suffers(const struct zone* zone, const char* fault) {
  const int64_t t = elapsed_ns();
  return strcmp(zone->fault, fault) == 0 && t >= zone->from_ns && t < zone->to_ns;
}

static int is_gone(const struct zone* zone) {
  return suffers(zone, "vanish") || suffers(zone, "renew");
}

static uint64_t energy_uj(const struct zone* zone) {
  const uint64_t counts = 0xffffffffu;
  const uint64_t modulus = zone->max_range_uj + (zone->max_range_uj + counts / 2) / counts;
  int64_t t = elapsed_ns();
  uint64_t start = zone->start_uj;
  if (suffers(zone, "stale")) t = zone->from_ns;
  if (strcmp(zone->fault, "renew") == 0 && t >= zone->to_ns) {
    t -= zone->to_ns;
    start = 0;
  }
  if (strcmp(zone->fault, "back") == 0 && t >= zone->from_ns) start -= 1000000;
  const double ms = (double)(t / 1000000);
  return (start + (uint64_t)(zone->watts * 1e3 * ms)) % modulus;
}

/* What `path` is, and of which zone. */
static enum file find(const char* path, const struct zone** zone) {
  *zone = NULL;
  if (strcmp(path, "/") == 0 || strcmp(path, "/class") == 0 || strcmp(path, kFolder) == 0)
    return kFolderItself;
  if (strcmp(path, "/t0_ns") == 0) return kStart;
  const size_t folder = strlen(kFolder);
  if (strncmp(path, kFolder, folder) != 0 || path[folder] != '/') return kNothing;
  const char* entry = path + folder + 1;
  const size_t length = strcspn(entry, "/");
  for (int at = 0; at < zone_count; ++at)
    if (strlen(zones[at].entry) == length && strncmp(zones[at].entry, entry, length) == 0)
      *zone = &zones[at];
  if (*zone == NULL) return kNothing;
  if (entry[length] == '\0') return kFolderItself;
  for (int file = 0; file < kFiles_; ++file)
    if (strcmp(entry + length + 1, kFiles[file]) == 0) return (enum file)file;
  return kNothing;
}

static int get_attributes(const char* path, struct stat* st, struct fuse_file_info* info) {
  (void)info;
  const struct zone* zone;
  const enum file file = find(path, &zone);
  if (file == kNothing || (zone != NULL && is_gone(zone))) return -ENOENT;
  memset(st, 0, sizeof *st);
  st->st_mode = file == kFolderItself ? S_IFDIR | 0755 : S_IFREG | (file == kEnergy ? 0400 : 0444);
  st->st_nlink = file == kFolderItself ? 2 : 1;
  st->st_size = file == kFolderItself ? 0 : 4096;
  return 0;
}

static int list(const char* path, void* buffer, fuse_fill_dir_t fill, off_t offset,
                struct fuse_file_info* info, enum fuse_readdir_flags flags) {
  (void)offset;
  (void)info;
  (void)flags;
  const enum fuse_fill_dir_flags none = (enum fuse_fill_dir_flags)0;
  const struct zone* zone;
  if (find(path, &zone) != kFolderItself) return -ENOTDIR;
  fill(buffer, ".", NULL, 0, none);
  fill(buffer, "..", NULL, 0, none);
  if (zone != NULL)
    for (int file = 0; file < kFiles_; ++file) fill(buffer, kFiles[file], NULL, 0, none);
  else if (strcmp(path, kFolder) == 0)
    for (int at = 0; at < zone_count; ++at) {
      if (!is_gone(&zones[at])) fill(buffer, zones[at].entry, NULL, 0, none);
    }
  else
    fill(buffer, strcmp(path, "/") == 0 ? "class" : "powercap", NULL, 0, none);
  if (strcmp(path, "/") == 0) fill(buffer, "t0_ns", NULL, 0, none);
  return 0;
}

static int open_file(const char* path, struct fuse_file_info* info) {
  const struct zone* zone;
  const enum file file = find(path, &zone);
  if (file == kNothing || (zone != NULL && is_gone(zone))) return -ENOENT;
  if (file == kEnergy && suffers(zone, "refuse")) return -EACCES;
  info->direct_io = 1; /* each read is asked of us */
  return 0;
}

static int read_file(const char* path, char* buffer, size_t size, off_t offset,
                     struct fuse_file_info* info) {
  (void)info;
  const struct zone* zone;
  const enum file file = find(path, &zone);
  if (zone != NULL && is_gone(zone)) return -ENODEV;
  char text[kTextSize + 2] = "";
  if (file == kStart) snprintf(text, sizeof text, "%" PRId64 "\n", t0_ns);
  if (file == kName) snprintf(text, sizeof text, "%s\n", zone->name);
  if (file == kRange) snprintf(text, sizeof text, "%" PRIu64 "\n", zone->max_range_uj);
  if (file == kEnergy) {
    if (t0_ns == 0) t0_ns = now_ns();
    if (suffers(zone, "refuse")) return -EACCES;
    snprintf(text, sizeof text, "%" PRIu64 "\n", energy_uj(zone));
  }
  const size_t length = strlen(text);
  if ((size_t)offset >= length) return 0;
  const size_t count = length - (size_t)offset < size ? length - (size_t)offset : size;
  memcpy(buffer, text + offset, count);
  return (int)count;
}

/* Names come and go: the kernel must not remember what it was told. */
static void* keep_nothing(struct fuse_conn_info* connection, struct fuse_config* config) {
  (void)connection;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return NULL;
}

static const struct fuse_operations kOperations = {.init = keep_nothing,
                                                   .getattr = get_attributes,
                                                   .readdir = list,
                                                   .open = open_file,
                                                   .read = read_file};

static int read_spec(const char* path) {
  FILE* spec = fopen(path, "r");
  char line[512];
  if (spec == NULL) {
    perror(path);
    return -1;
  }
  while (fgets(line, sizeof line, spec) != NULL && zone_count < kMostZones) {
    struct zone* zone = &zones[zone_count];
    long from_ms = 0, to_ms = 0;
    const int found =
        sscanf(line, "%63s %63s %lf %" SCNu64 " %" SCNu64 " %15s %ld %ld", zone->entry, zone->name,
               &zone->watts, &zone->start_uj, &zone->max_range_uj, zone->fault, &from_ms, &to_ms);
    if (found != 5 && found != 8) {
      fprintf(stderr, "live_tree: %s: bad line: %s", path, line);
      fclose(spec);
      return -1;
    }
    zone->from_ns = from_ms * 1000000;
    zone->to_ns = to_ms * 1000000;
    ++zone_count;
  }
  fclose(spec);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: live_tree MOUNT-POINT SPEC [options of libfuse]\n");
    return 2;
  }
  if (read_spec(argv[2]) != 0) return 2;
  /* One thread, in the foreground: t0_ns needs no lock, and who started us can end us. */
  char* words[16] = {argv[0], argv[1], "-f", "-s"};
  int count = 4;
  for (int at = 3; at < argc && count < 16; ++at) words[count++] = argv[at];
  return fuse_main(count, words, &kOperations, NULL);
}
