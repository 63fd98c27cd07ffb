/* A DCMI for OpenIPMI's ipmi_sim: answers "Get Power Reading" (DCMI 1.5, section 6.6.1) with
   what a file says, read anew for each request: completion code, current, lowest, highest and
   average W, statistics period in ms, state. The configuration names the file:
   loadlib "dcmi_plugin.so" "FILE". Without a file, or with garbage in it: node busy. */
#include <OpenIPMI/mcserv.h>
#include <OpenIPMI/serv.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
  kGroupDcmi = 0xDC,
  kGetPowerReading = 0x02,
  kNodeBusy = 0xC0,
  kInvalidCommand = 0xC1,
  kReplyBytes = 19, /* from the completion code on */
};

static char answer_file[4096];

static void put16(unsigned char* at, unsigned value) {
  at[0] = (unsigned char)value;
  at[1] = (unsigned char)(value >> 8);
}

static void answer(lmc_data_t* mc, msg_t* request, unsigned char* reply, unsigned int* length,
                   void* context) {
  (void)mc;
  (void)context;
  unsigned code = kInvalidCommand, current = 0, lowest = 0, highest = 0, average = 0, period = 0,
           state = 0;
  if (request->cmd == kGetPowerReading) {
    FILE* file = fopen(answer_file, "r");
    if (file == NULL || fscanf(file, "%x %u %u %u %u %u %x", &code, &current, &lowest, &highest,
                               &average, &period, &state) != 7)
      code = kNodeBusy;
    if (file != NULL) fclose(file);
  }
  reply[0] = (unsigned char)code;
  *length = 1;
  if (code != 0) return;
  const unsigned now = (unsigned)time(NULL);
  memset(reply + 1, 0, kReplyBytes - 1);
  reply[1] = kGroupDcmi;
  put16(reply + 2, current);
  put16(reply + 4, lowest);
  put16(reply + 6, highest);
  put16(reply + 8, average);
  put16(reply + 10, now & 0xffff);
  put16(reply + 12, now >> 16);
  put16(reply + 14, period & 0xffff);
  put16(reply + 16, period >> 16);
  reply[18] = (unsigned char)state;
  *length = kReplyBytes;
}

int ipmi_sim_module_print_version(sys_data_t* sys, char* options) {
  (void)sys;
  (void)options;
  return 0;
}

int ipmi_sim_module_init(sys_data_t* sys, const char* options) {
  (void)sys;
  snprintf(answer_file, sizeof answer_file, "%s", options);
  ipmi_emu_register_group_extension_handler(kGroupDcmi, answer, NULL);
  return 0;
}
