/* IBM's Active Energy Manager 1.0 for OpenIPMI's ipmi_sim, as Linux drivers/hwmon/ibmaem.c asks
   for it: one instance, whose energy in mJ is what a file says, read anew for each request.
   The configuration names the file: loadlib "aem_plugin.so" "FILE". Without a file, or with
   garbage in it: node busy. */
#include <OpenIPMI/mcserv.h>
#include <OpenIPMI/serv.h>
#include <stdio.h>

enum {
  kIanaSystemX = 0x004F4D,
  kFindFirmware = 0x80,
  kElement = 0x81,
  kEnergyElement = 1,
  kReadRegister = 0x82,
  kNodeBusy = 0xC0,
  kInvalidCommand = 0xC1,
};

static char answer_file[4096];

/* Module, element, subcommand, register, bytes: without the vendor's number, which ipmi_sim takes
   from the request and puts before the reply's data. */
static int asks_for_energy(const msg_t* request) {
  return request->cmd == kElement && request->len >= 5 && request->data[1] == kEnergyElement &&
         request->data[2] == kReadRegister && request->data[3] == 0 && request->data[4] == 8;
}

static void answer(lmc_data_t* mc, msg_t* request, unsigned char* reply, unsigned int* length,
                   void* context) {
  (void)mc;
  (void)context;
  *length = 1;
  reply[0] = kInvalidCommand;
  if (request->cmd == kFindFirmware) {
    reply[0] = 0;
    reply[1] = 1; /* instance */
    *length = 2;
  } else if (asks_for_energy(request)) {
    unsigned long long millijoules = 0;
    FILE* file = fopen(answer_file, "r");
    reply[0] = file != NULL && fscanf(file, "%llu", &millijoules) == 1 ? 0 : kNodeBusy;
    if (file != NULL) fclose(file);
    if (reply[0] != 0) return;
    for (int byte = 0; byte < 8; ++byte)
      reply[1 + byte] = (unsigned char)(millijoules >> (56 - 8 * byte));
    *length = 9;
  }
}

int ipmi_sim_module_print_version(sys_data_t* sys, char* options) {
  (void)sys;
  (void)options;
  return 0;
}

int ipmi_sim_module_init(sys_data_t* sys, const char* options) {
  (void)sys;
  snprintf(answer_file, sizeof answer_file, "%s", options);
  return ipmi_emu_register_iana_handler(kIanaSystemX, answer, NULL);
}
