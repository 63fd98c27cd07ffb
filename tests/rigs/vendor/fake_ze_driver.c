/* A Level Zero driver whose cards draw a known power, for the real loader
 * (ZE_ENABLE_ALT_DRIVERS). Built against the specification's own headers, so that it also
 * holds our declarations (sensors/levelzero/abi.hpp) against them.
 *
 * FAKE_ZE_CARDS names a file with a line for each card, "key=value" with a blank between,
 * read again at each reading of energy. Keys and defaults:
 *   bus=0x4d mw=300000 tiles=0 code=0 (of a reading) every_ms=0 (a value is taken so often,
 *   and handed out until the next; 0: at each call)
 * A tile draws 40 % of its card. With t in microseconds of CLOCK_MONOTONIC at which a value
 * is taken, the card's counter is mw * t / 1000 uJ, and its stamp t - 1000000. */
#include <level_zero/ze_api.h>
#include <level_zero/ze_ddi.h>
#include <level_zero/zes_api.h>
#include <level_zero/zes_ddi.h>
#include <level_zero/zet_api.h>
#include <level_zero/zet_ddi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define API __attribute__((visibility("default")))
enum { MOST_CARDS = 8, MOST_TILES = 4 };

struct card {
  unsigned bus, tiles, every_ms, code;
  uint64_t mw;
};
/* A handle is the address of one of these. The loader looks into none. */
struct domain {
  int card, tile; /* tile -1: the card */
};
static int the_driver;
static int devices[MOST_CARDS];
static struct domain domains[MOST_CARDS][1 + MOST_TILES];

static uint32_t load(struct card* cards) {
  const char* path = getenv("FAKE_ZE_CARDS");
  FILE* file = path != NULL ? fopen(path, "r") : NULL;
  char line[512];
  uint32_t count = 0;
  while (file != NULL && count < MOST_CARDS && fgets(line, sizeof line, file) != NULL) {
    struct card card = {.bus = 0x4d, .mw = 300000};
    for (char* word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
      char* value = strchr(word, '=');
      if (value == NULL) continue;
      *value++ = '\0';
      const unsigned number = (unsigned)strtoul(value, NULL, 0);
      if (!strcmp(word, "bus")) card.bus = number;
      if (!strcmp(word, "mw")) card.mw = number;
      if (!strcmp(word, "tiles")) card.tiles = number < MOST_TILES ? number : MOST_TILES;
      if (!strcmp(word, "every_ms")) card.every_ms = number;
      if (!strcmp(word, "code")) card.code = number;
    }
    cards[count++] = card;
  }
  if (file != NULL) fclose(file);
  return count;
}

static ze_result_t init(ze_init_flags_t flags) {
  (void)flags;
  /* As real drivers: without it there is no Sysman. */
  const char* sysman = getenv("ZES_ENABLE_SYSMAN");
  return sysman != NULL && !strcmp(sysman, "1") ? ZE_RESULT_SUCCESS : ZE_RESULT_ERROR_UNINITIALIZED;
}
static ze_result_t get_drivers(uint32_t* count, ze_driver_handle_t* out) {
  if (*count != 0 && out != NULL) out[0] = (ze_driver_handle_t)&the_driver;
  *count = 1;
  return ZE_RESULT_SUCCESS;
}
static ze_result_t get_devices(ze_driver_handle_t driver, uint32_t* count,
                               ze_device_handle_t* out) {
  struct card cards[MOST_CARDS];
  const uint32_t there = load(cards);
  (void)driver;
  for (uint32_t at = 0; out != NULL && at < *count && at < there; ++at)
    out[at] = (ze_device_handle_t)&devices[at];
  if (*count == 0 || *count > there) *count = there;
  return ZE_RESULT_SUCCESS;
}
static int card_of(const void* device) {
  return (int)((const int*)device - devices);
}

static ze_result_t get_properties(zes_device_handle_t device, zes_device_properties_t* properties) {
  if (properties->stype != ZES_STRUCTURE_TYPE_DEVICE_PROPERTIES)
    return ZE_RESULT_ERROR_INVALID_ARGUMENT;
  properties->core.type = ZE_DEVICE_TYPE_GPU;
  snprintf(properties->core.name, sizeof properties->core.name, "Made-up GPU");
  memset(properties->core.uuid.id, 0, sizeof properties->core.uuid.id);
  properties->core.uuid.id[15] = (uint8_t)(card_of(device) + 1);
  return ZE_RESULT_SUCCESS;
}
static ze_result_t get_pci(zes_device_handle_t device, zes_pci_properties_t* pci) {
  struct card cards[MOST_CARDS];
  if (pci->stype != ZES_STRUCTURE_TYPE_PCI_PROPERTIES) return ZE_RESULT_ERROR_INVALID_ARGUMENT;
  if ((uint32_t)card_of(device) >= load(cards)) return ZE_RESULT_ERROR_DEVICE_LOST;
  pci->address.domain = 0;
  pci->address.bus = cards[card_of(device)].bus;
  pci->address.device = 0;
  pci->address.function = 0;
  return ZE_RESULT_SUCCESS;
}
static ze_result_t get_domains(zes_device_handle_t device, uint32_t* count, zes_pwr_handle_t* out) {
  struct card cards[MOST_CARDS];
  const int at = card_of(device);
  if ((uint32_t)at >= load(cards)) return ZE_RESULT_ERROR_DEVICE_LOST;
  const uint32_t there = 1 + cards[at].tiles;
  for (uint32_t one = 0; out != NULL && one < *count && one < there; ++one) {
    domains[at][one] = (struct domain){at, (int)one - 1};
    out[one] = (zes_pwr_handle_t)&domains[at][one];
  }
  if (*count == 0 || *count > there) *count = there;
  return ZE_RESULT_SUCCESS;
}
static ze_result_t get_power_properties(zes_pwr_handle_t power,
                                        zes_power_properties_t* properties) {
  const struct domain* domain = (const struct domain*)power;
  if (properties->stype != ZES_STRUCTURE_TYPE_POWER_PROPERTIES)
    return ZE_RESULT_ERROR_INVALID_ARGUMENT;
  properties->onSubdevice = domain->tile >= 0;
  properties->subdeviceId = domain->tile >= 0 ? (uint32_t)domain->tile : 0;
  zes_power_ext_properties_t* more = properties->pNext;
  if (more != NULL && more->stype == ZES_STRUCTURE_TYPE_POWER_EXT_PROPERTIES)
    more->domain = domain->tile >= 0 ? ZES_POWER_DOMAIN_STACK : ZES_POWER_DOMAIN_CARD;
  return ZE_RESULT_SUCCESS;
}
static ze_result_t get_energy(zes_pwr_handle_t power, zes_power_energy_counter_t* counter) {
  const struct domain* domain = (const struct domain*)power;
  struct card cards[MOST_CARDS];
  if ((uint32_t)domain->card >= load(cards)) return ZE_RESULT_ERROR_DEVICE_LOST;
  const struct card* card = &cards[domain->card];
  if (card->code != 0) return (ze_result_t)card->code;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
  if (card->every_ms != 0) us -= us % (card->every_ms * UINT64_C(1000));
  const uint64_t mw = domain->tile >= 0 ? card->mw * 2 / 5 : card->mw;
  counter->energy = us * mw / 1000;
  counter->timestamp = us - 1000000;
  return ZE_RESULT_SUCCESS;
}

API ze_result_t zeGetGlobalProcAddrTable(ze_api_version_t version, ze_global_dditable_t* table) {
  (void)version;
  table->pfnInit = init;
  return ZE_RESULT_SUCCESS;
}
API ze_result_t zeGetDriverProcAddrTable(ze_api_version_t version, ze_driver_dditable_t* table) {
  (void)version;
  table->pfnGet = get_drivers;
  return ZE_RESULT_SUCCESS;
}
API ze_result_t zeGetDeviceProcAddrTable(ze_api_version_t version, ze_device_dditable_t* table) {
  (void)version;
  table->pfnGet = get_devices;
  return ZE_RESULT_SUCCESS;
}
API ze_result_t zesGetDeviceProcAddrTable(ze_api_version_t version, zes_device_dditable_t* table) {
  (void)version;
  table->pfnGetProperties = get_properties;
  table->pfnPciGetProperties = get_pci;
  table->pfnEnumPowerDomains = get_domains;
  return ZE_RESULT_SUCCESS;
}
API ze_result_t zesGetPowerProcAddrTable(ze_api_version_t version, zes_power_dditable_t* table) {
  (void)version;
  table->pfnGetProperties = get_power_properties;
  table->pfnGetEnergyCounter = get_energy;
  return ZE_RESULT_SUCCESS;
}

/* The loader takes a driver only if it has every table, if only an empty one. */
#define EMPTY(function, type)                                       \
  API ze_result_t function(ze_api_version_t version, type* table) { \
    (void)version;                                                  \
    (void)table;                                                    \
    return ZE_RESULT_SUCCESS;                                       \
  }
EMPTY(zeGetDeviceExpProcAddrTable, ze_device_exp_dditable_t)
EMPTY(zeGetContextProcAddrTable, ze_context_dditable_t)
EMPTY(zeGetCommandQueueProcAddrTable, ze_command_queue_dditable_t)
EMPTY(zeGetCommandListProcAddrTable, ze_command_list_dditable_t)
EMPTY(zeGetImageProcAddrTable, ze_image_dditable_t)
EMPTY(zeGetImageExpProcAddrTable, ze_image_exp_dditable_t)
EMPTY(zeGetFenceProcAddrTable, ze_fence_dditable_t)
EMPTY(zeGetEventPoolProcAddrTable, ze_event_pool_dditable_t)
EMPTY(zeGetEventProcAddrTable, ze_event_dditable_t)
EMPTY(zeGetEventExpProcAddrTable, ze_event_exp_dditable_t)
EMPTY(zeGetModuleProcAddrTable, ze_module_dditable_t)
EMPTY(zeGetModuleBuildLogProcAddrTable, ze_module_build_log_dditable_t)
EMPTY(zeGetKernelProcAddrTable, ze_kernel_dditable_t)
EMPTY(zeGetKernelExpProcAddrTable, ze_kernel_exp_dditable_t)
EMPTY(zeGetSamplerProcAddrTable, ze_sampler_dditable_t)
EMPTY(zeGetPhysicalMemProcAddrTable, ze_physical_mem_dditable_t)
EMPTY(zeGetMemProcAddrTable, ze_mem_dditable_t)
EMPTY(zeGetVirtualMemProcAddrTable, ze_virtual_mem_dditable_t)
EMPTY(zeGetFabricVertexExpProcAddrTable, ze_fabric_vertex_exp_dditable_t)
EMPTY(zeGetFabricEdgeExpProcAddrTable, ze_fabric_edge_exp_dditable_t)
EMPTY(zesGetDriverProcAddrTable, zes_driver_dditable_t)
EMPTY(zesGetSchedulerProcAddrTable, zes_scheduler_dditable_t)
EMPTY(zesGetPerformanceFactorProcAddrTable, zes_performance_factor_dditable_t)
EMPTY(zesGetFrequencyProcAddrTable, zes_frequency_dditable_t)
EMPTY(zesGetEngineProcAddrTable, zes_engine_dditable_t)
EMPTY(zesGetStandbyProcAddrTable, zes_standby_dditable_t)
EMPTY(zesGetFirmwareProcAddrTable, zes_firmware_dditable_t)
EMPTY(zesGetMemoryProcAddrTable, zes_memory_dditable_t)
EMPTY(zesGetFabricPortProcAddrTable, zes_fabric_port_dditable_t)
EMPTY(zesGetTemperatureProcAddrTable, zes_temperature_dditable_t)
EMPTY(zesGetPsuProcAddrTable, zes_psu_dditable_t)
EMPTY(zesGetFanProcAddrTable, zes_fan_dditable_t)
EMPTY(zesGetLedProcAddrTable, zes_led_dditable_t)
EMPTY(zesGetRasProcAddrTable, zes_ras_dditable_t)
EMPTY(zesGetDiagnosticsProcAddrTable, zes_diagnostics_dditable_t)
EMPTY(zetGetDeviceProcAddrTable, zet_device_dditable_t)
EMPTY(zetGetContextProcAddrTable, zet_context_dditable_t)
EMPTY(zetGetCommandListProcAddrTable, zet_command_list_dditable_t)
EMPTY(zetGetModuleProcAddrTable, zet_module_dditable_t)
EMPTY(zetGetKernelProcAddrTable, zet_kernel_dditable_t)
EMPTY(zetGetMetricGroupProcAddrTable, zet_metric_group_dditable_t)
EMPTY(zetGetMetricGroupExpProcAddrTable, zet_metric_group_exp_dditable_t)
EMPTY(zetGetMetricProcAddrTable, zet_metric_dditable_t)
EMPTY(zetGetMetricStreamerProcAddrTable, zet_metric_streamer_dditable_t)
EMPTY(zetGetMetricQueryPoolProcAddrTable, zet_metric_query_pool_dditable_t)
EMPTY(zetGetMetricQueryProcAddrTable, zet_metric_query_dditable_t)
EMPTY(zetGetTracerExpProcAddrTable, zet_tracer_exp_dditable_t)
EMPTY(zetGetDebugProcAddrTable, zet_debug_dditable_t)
