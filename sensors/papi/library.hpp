// The few functions of PAPI that we use, as a table: filled from the installed library
// (dlopen; nothing is linked, no header is needed to build), or by a test. Types and numbers
// as in <papi.h> of versions 7.0 and 7.1; a unit test compares them where that is installed.
#pragma once

#include <array>

#include "core/base/result.hpp"

namespace joulepath::sensors::papi {

/// Start of PAPI_event_info_t; what follows is not ours to read, but is written by PAPI.
struct EventInfo {
  unsigned event_code;
  char symbol[1024];
  char short_description[64];
  char long_description[1024];
  int component;
  char units[64];
  int location;
  int data_type;
  int value_type;
  int time_scope;
  int update_type;
  int update_frequency;
  std::array<char, 16384> rest;
};

inline constexpr int kOk = 0;
inline constexpr int kSystemError = -3;  ///< errno says more
inline constexpr int kLost = -5;
inline constexpr int kNoEvent = -7;
inline constexpr int kNotPermitted = -15;
inline constexpr int kNull = -1;  ///< an event set not yet made

// data_type and time_scope.
inline constexpr int kInt64 = 0, kUint64 = 1, kFloat64 = 2;
inline constexpr int kSinceLast = 1;

struct Papi {
  int (*event_code)(const char* name, int* code);
  int (*event_info)(int code, EventInfo* info);
  int (*create)(int* event_set);
  int (*add)(int event_set, const char* name);
  int (*start)(int event_set);
  int (*read)(int event_set, long long* values);
  int (*stop)(int event_set, long long* values);
  int (*cleanup)(int event_set);
  int (*destroy)(int* event_set);
  char* (*strerror)(int error);
};

/// The installed library, initialised; it stays loaded. Error kNotFound: none, or one that
/// does not start, with what the dynamic linker or PAPI says.
base::Result<Papi> load_papi();

}  // namespace joulepath::sensors::papi
