/* What NVIDIA's nvtx3 headers do with an injection library, written anew from the published
 * interface (nvtxDetail/nvtxInit.h, nvtxTypes.h), as no Debian package has the headers. Ranges
 * of known number: push and pop, start and end in any order and on another thread, domains,
 * registered and wide strings. Without a tool every function does nothing, and it prints the
 * same. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

typedef void (*function)(void);
struct attributes {
  uint16_t version, size;
  uint32_t category;
  int32_t color_type;
  uint32_t color;
  int32_t payload_type, reserved;
  uint64_t payload;
  int32_t message_type;
  const void* message;
};

static uint64_t (*start_a)(const char*);
static void (*end)(uint64_t);
static int (*push_ex)(const struct attributes*);
static int (*push_a)(const char*);
static int (*push_w)(const wchar_t*);
static int (*pop)(void);
static int (*domain_push_ex)(const void*, const struct attributes*);
static int (*domain_pop)(const void*);
static const void* (*register_a)(const void*, const char*);
static const void* (*create_a)(const char*);

static function unused;
static function* core[] = {&unused,
                           &unused,
                           &unused,
                           &unused,
                           &unused,
                           (function*)&start_a,
                           &unused,
                           (function*)&end,
                           (function*)&push_ex,
                           (function*)&push_a,
                           (function*)&push_w,
                           (function*)&pop,
                           NULL,
                           NULL,
                           NULL,
                           NULL,
                           NULL};
static function* core2[] = {&unused,
                            &unused,
                            &unused,
                            &unused,
                            (function*)&domain_push_ex,
                            (function*)&domain_pop,
                            &unused,
                            &unused,
                            &unused,
                            &unused,
                            (function*)&register_a,
                            &unused,
                            (function*)&create_a,
                            &unused,
                            &unused,
                            &unused,
                            NULL};

static int module_table(int module, function*** table, unsigned* size) {
  if (module == 1) *table = core;
  if (module == 5) *table = core2;
  if (size != NULL) *size = 16;
  return module == 1 || module == 5;
}
static struct {
  size_t size;
  int (*module_table)(int, function***, unsigned*);
} const callbacks = {sizeof callbacks, &module_table};
static const void* export_table(uint32_t id) {
  return id == 1 ? &callbacks : NULL;
}

static void load(void) {
  const char* path = getenv("NVTX_INJECTION64_PATH");
  void* library = path != NULL ? dlopen(path, RTLD_LAZY) : NULL;
  if (library == NULL) return;
  int (*initialize)(const void* (*)(uint32_t)) =
      (int (*)(const void* (*)(uint32_t)))dlsym(library, "InitializeInjectionNvtx2");
  if (initialize == NULL || initialize(&export_table) == 0) dlclose(library);
}

static int push(const char* name) {
  return push_a != NULL ? push_a(name) : -2;
}
static int out(void) {
  return pop != NULL ? pop() : -2;
}
static uint64_t start(const char* name) {
  return start_a != NULL ? start_a(name) : 0;
}
static void stop(uint64_t range) {
  if (end != NULL) end(range);
}
static int push_in(const void* domain, int32_t type, const void* message) {
  struct attributes event = {3, sizeof event, 0, 0, 0, 0, 0, 0, type, message};
  if (domain == NULL) return push_ex != NULL ? push_ex(&event) : -2;
  return domain_push_ex != NULL ? domain_push_ex(domain, &event) : -2;
}

static void* stop_elsewhere(void* range) {
  stop(*(uint64_t*)range);
  return NULL;
}

int main(void) {
  int levels = 0;
  load();
  for (int i = 0; i < 5; ++i) {
    levels += push("outer");
    if (push_w != NULL) push_w(L"w\u00efde");
    levels += out();
    levels += out();
  }
  const void* domain = create_a != NULL ? create_a("library") : NULL;
  const void* name = register_a != NULL ? register_a(domain, "registered") : "";
  for (int i = 0; i < 3; ++i) {
    /* A domain has a stack of its own: its pop leaves the later push alone. */
    push_in(domain, 3, name);
    push_in(NULL, 1, "plain");
    if (domain != NULL) domain_pop(domain);
    push("after");
    out();
    out();
  }
  for (int i = 0; i < 2; ++i) {
    uint64_t a = start("A"), b = start("B");
    stop(a);
    push("in B");
    out();
    stop(b);
  }
  uint64_t far = start("far");
  pthread_t thread;
  pthread_create(&thread, NULL, &stop_elsewhere, &far);
  pthread_join(thread, NULL);
  push("at top");
  out();
  printf("levels %d\n", levels);
  return 0;
}
