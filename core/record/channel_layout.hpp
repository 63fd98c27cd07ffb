// The channel: one shared-memory file for each MPI process, written by the shim in
// that process and read by the recorder. It is the ABI between the two, so every
// type is explicitly sized. Header-only, no C++ library: the shim includes it.
//
//        0 +--------------------------------------+
//          | ChannelHeader                        |  identity, written once
//     1472 | WorldMarks                           |  one writer: who calls the collective
//     3072 | EnergyBoard                          |  one writer: the recorder
//     4096 +--------------------------------------+
//          | PhaseName[256]             (4 pages) |  appended by any thread
//    20480 +--------------------------------------+
//          | Lane 0                     (8 pages) |  one writer: its thread
//          |   LaneHeader        128 bytes        |
//          |   Cell[1020]         32 bytes each   |
//    53248 +--------------------------------------+
//          | Lane 1 ...                           |
//          +--------------------------------------+
//
// The file has room for kLaneCapacity lanes but is sparse: the pages of a lane are
// allocated and touched when its thread first needs it, never on the hot path.
//
// Reading without stopping the writer. At each change of activity the writer does
//   mark = 0; now = clock; cells[current].ticks += now - last; current = next; mark = now
// A reader takes (mark, current, cells[current]) and takes it again unless mark was
// non-zero and unchanged around the reads; the thread's time up to any later moment t
// is then the sum over the cells plus (t - mark) in `current`. All other cells only
// grow, and each field is read whole, so differences between two readings telescope:
// nothing is lost or counted twice, whenever the reader looks.
//
// The energy board is the other way round: the recorder writes and the process reads. It
// stays empty until the process has asked (EnergyBoard::wanted). A seqlock: `sequence` is
// odd while entries change; a reader takes what it read between two equal even values.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace joulepath::record {

inline constexpr std::uint64_t kChannelMagic = 0x314843454c554f4aull;  // "JOULECH1"
inline constexpr std::uint32_t kChannelVersion = 8;
inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kMarksOffset = 1472;
inline constexpr std::size_t kBoardOffset = 3072;
inline constexpr std::uint32_t kMarkCapacity = 64;
inline constexpr std::uint32_t kPhaseCapacity = 256;
inline constexpr std::uint32_t kLaneCapacity = 256;
inline constexpr std::size_t kLaneBytes = 32768;
inline constexpr std::uint32_t kCellCapacity = 1020;

/// `current` of a lane whose thread has left it: no time passes there.
inline constexpr std::uint32_t kNoCell = 0xffffffffu;
/// Cell 0 of every lane: outside MPI and outside every phase.
inline constexpr std::uint32_t kComputeCell = 0;
/// Cell 1 of every lane takes what finds no cell of its own any more.
inline constexpr std::uint32_t kOverflowCell = 1;
inline constexpr std::uint16_t kComputeFunction = 0;
inline constexpr std::uint16_t kOverflowFunction = 0xffff;
/// What threads do that is no MPI function: numbers from here on, behind all of the MPI table.
inline constexpr std::uint16_t kFirstThreadFunction = 1000;
enum class ThreadFunction : std::uint16_t {
  kParallel,  ///< starting and ending a parallel region of OpenMP; calls: regions
  kIdle,      ///< a worker of OpenMP outside regions
  kBarrier,
  kTaskwait,
  kTaskgroup,
  kLock,
  kCritical,
  kOrdered,  ///< and atomic
};
inline constexpr std::uint16_t kThreadFunctions = 8;

enum class MpiState : std::uint32_t {
  kStarting = 0,
  kRunning = 1,
  kFinalized = 2,
  kNone = 3,   ///< recorded because it named a phase; it has not called MPI_Init (yet)
  kEnded = 4,  ///< such a process has ended by itself: exit() or the end of main
};
enum class LaneState : std::uint32_t { kFree = 0, kInUse = 1, kReleased = 2 };
/// Which MPI's constants the process uses.
enum class MpiAbi : std::uint32_t { kUnknown = 0, kOpenMpi = 1, kMpich = 2 };
/// What the recorder tells the process about itself.
enum class RecorderState : std::uint32_t { kNone = 0, kAttached = 1, kFailed = 2 };

using Atomic32 = std::atomic<std::uint32_t>;
using Atomic64 = std::atomic<std::uint64_t>;
static_assert(Atomic32::is_always_lock_free && Atomic64::is_always_lock_free);

/// What the kernel said when the process asked for its GPUs' device files, to read and write: bit
/// n of a pair is file n. In neither: the file is not there, or its mode forbids it; of the
/// control group nothing is known then.
struct DeviceAnswers {
  std::uint64_t nvidia_open;     ///< /dev/nvidia<n>
  std::uint64_t nvidia_refused;  ///< by the process's control group (EPERM)
  std::uint64_t render_open;     ///< /dev/dri/renderD<128 + n>
  std::uint64_t render_refused;
};
/// Minor number of the first render device file (Linux drivers/gpu/drm/drm_drv.c).
inline constexpr std::uint32_t kFirstRenderMinor = 128;

struct ChannelHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t tick_kind;  ///< base::TickKind of every tick value in this file
  std::int32_t pid;
  std::uint32_t lane_capacity;
  std::uint64_t start_time;        ///< of the process, field 22 of /proc/PID/stat; with pid
                                   ///< it names a process beyond pid reuse
  std::uint64_t init_ticks;        ///< MPI_Init or MPI_Session_init was entered, or the first
                                   ///< phase of a program that had not called either
  std::uint64_t init_ns;           ///< the same moment, CLOCK_MONOTONIC
  Atomic32 mpi_state;              ///< MpiState
  Atomic32 mpi_abi;                ///< MpiAbi, valid from kRunning on
  std::atomic<std::int32_t> rank;  ///< in MPI_COMM_WORLD, -1 while unknown
  std::atomic<std::int32_t> world_size;
  std::int32_t local_size;                   ///< ranks the launcher put on this node; -1 unknown
  std::int32_t thread_level;                 ///< MPI_THREAD_*; -1 while unknown
  Atomic32 lane_count;                       ///< lanes [0, lane_count) have been given out
  Atomic32 lanes_refused;                    ///< threads that got none
  Atomic32 phase_count;                      ///< names [0, phase_count) are valid
  Atomic32 recorder_state;                   ///< RecorderState; written by the recorder
  Atomic64 lanes_ready[kLaneCapacity / 64];  ///< bit n: lane n has its pages; only then
                                             ///< may a reader touch it
  std::uint64_t cpuset[16];                  ///< bit n of word n/64: may run on CPU n
  char mpi_library[256];                     ///< first line of MPI_Get_library_version
  char recorder_message[512];                ///< why kFailed; written before the state
  Atomic32 phases_dropped;  ///< begins of phases that could not be kept (too many, or too
                            ///< deep), and ends without a begin
  Atomic32 events;          ///< 1: the event file is there (event_layout.hpp)
  Atomic64 cpu_ns;          ///< CPU time of all its threads, those that ended as well, told at
                            ///< the end of MPI_Finalize and of the process; 0: not told
  Atomic64 end_ticks;       ///< the process ended, told by itself; 0: not told (it runs, was
                            ///< killed, or called _exit)
  DeviceAnswers devices;
};

/// One synchronising collective on MPI_COMM_WORLD, when it began and ended (mark_writer.hpp).
struct WorldMark {
  Atomic64 ordinal;  ///< from 1; 0: empty, or changing
  Atomic64 begin_ticks;
  Atomic64 end_ticks;
};

struct WorldMarks {
  WorldMark kept[kMarkCapacity];  ///< in order, 2^n ordinals from each to the next
  WorldMark last;
};

/// What the recorder knows of the energy in one place.
enum class EnergyState : std::uint32_t {
  kUnanswered = 0,  ///< nothing yet, or a counter has not moved yet
  kKnown = 1,
  kNoSensor = 2,   ///< no energy counter that counts covers the place
  kNoPlace = 3,    ///< this node has no such socket
  kBroken = 4,     ///< a counter was reset, jumped, is stuck or was not followed: no sum
  kNoCounter = 5,  ///< a sensor there gives power, no energy
};

/// One place. Joules and watts are doubles, stored as their 64 bits.
struct EnergyEntry {
  Atomic32 state;       ///< EnergyState
  Atomic32 provenance;  ///< record::Provenance of the worst of its sensors
  Atomic64 at_ns;       ///< CLOCK_MONOTONIC to which the joules refer
  Atomic64 value_j;     ///< since the recording began
  Atomic64 lo_j;
  Atomic64 hi_j;
  Atomic64 recent_w;   ///< mean power of the last second or so
  Atomic64 highest_w;  ///< highest power seen; with the model's error where estimated
  std::uint64_t reserved;
};

inline constexpr std::uint32_t kBoardSockets = 8;
inline constexpr std::uint32_t kBoardNode = 0;
inline constexpr std::uint32_t kBoardOwn = 1;      ///< the share of this process's threads
inline constexpr std::uint32_t kBoardSocket0 = 2;  ///< socket n: kBoardSocket0 + n
inline constexpr std::uint32_t kBoardEntries = kBoardSocket0 + kBoardSockets;

struct EnergyBoard {
  Atomic32 wanted;    ///< 1: the process wants it filled; written by the process
  Atomic32 sequence;  ///< odd: entries are being written
  EnergyEntry entries[kBoardEntries];
};

/// One place in the tree of phases: the same name under another phase is another entry.
/// Entry 0 is the time outside every phase and has no name.
struct PhaseName {
  char name[60];         ///< null-terminated UTF-8
  std::uint32_t parent;  ///< index of the phase in which it began; 0: in none
};

struct Cell {
  std::uint16_t phase;     ///< index into the phase names; written once, before the
  std::uint16_t function;  ///< lane's cell_count admits the cell
  Atomic32 calls;          ///< completed calls, or times the phase was begun (compute cells);
                           ///< modulo 2^32: readers look every few seconds
  Atomic64 ticks;
  Atomic64 bytes;
  Atomic64 wait_ticks;  ///< part of `ticks`: what calls took beyond the least time that a
                        ///< call of that function and size had taken so far
};

struct alignas(64) LaneHeader {
  Atomic64 mark;        ///< time of the last change of activity; 0 while it changes
  Atomic32 current;     ///< cell in which time passes now, or kNoCell
  Atomic32 cell_count;  ///< cells [0, cell_count) are valid
  Atomic32 state;       ///< LaneState
  Atomic32 generation;  ///< grows each time another thread takes the lane
  std::atomic<std::int32_t> tid;
  Atomic32 thread;  ///< 0: the thread that initialised MPI; else in order of arrival
  Atomic64 cpu_ns;  ///< CPU time of the thread, told with that of the process
  std::uint64_t reserved[10];
};

struct Lane {
  LaneHeader header;
  Cell cells[kCellCapacity];
};

struct Channel {
  union {
    ChannelHeader header;
    unsigned char header_room[kMarksOffset];
  };
  union {
    WorldMarks marks;
    unsigned char marks_room[kBoardOffset - kMarksOffset];
  };
  union {
    EnergyBoard energy;
    unsigned char energy_room[kPageBytes - kBoardOffset];
  };
  PhaseName phases[kPhaseCapacity];
  Lane lanes[kLaneCapacity];
};

static_assert(sizeof(ChannelHeader) <= kMarksOffset);
static_assert(sizeof(WorldMark) == 24);
static_assert(sizeof(WorldMarks) == (kMarkCapacity + 1) * 24);
static_assert(sizeof(WorldMarks) <= kBoardOffset - kMarksOffset);
static_assert(offsetof(Channel, marks) == kMarksOffset);
static_assert(sizeof(EnergyEntry) == 64);
static_assert(sizeof(EnergyBoard) == 8 + kBoardEntries * 64);
static_assert(sizeof(EnergyBoard) <= kPageBytes - kBoardOffset);
static_assert(offsetof(Channel, energy) == kBoardOffset);
static_assert(sizeof(PhaseName) == 64);
static_assert(sizeof(Cell) == 32);
static_assert(sizeof(LaneHeader) == 128);
static_assert(sizeof(Lane) == kLaneBytes);
static_assert(offsetof(Channel, phases) == 4096);
static_assert(offsetof(Channel, lanes) == 20480);
static_assert(sizeof(Channel) == 20480 + kLaneCapacity * kLaneBytes);

}  // namespace joulepath::record
