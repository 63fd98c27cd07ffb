#include "tools/recorder/machine.hpp"

#include <fmt/format.h>
#include <hwloc.h>

#include <cerrno>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

struct TopologyDeleter {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, TopologyDeleter>;

struct BitmapDeleter {
  void operator()(hwloc_bitmap_s* bitmap) const { hwloc_bitmap_free(bitmap); }
};
using Bitmap = std::unique_ptr<hwloc_bitmap_s, BitmapDeleter>;

Bitmap bitmap_of(const CpuSet& cpus) {
  Bitmap bitmap(hwloc_bitmap_alloc());
  for (unsigned cpu = 0; cpu < cpus.size() * 64; ++cpu)
    if ((cpus[cpu / 64] >> (cpu % 64) & 1u) != 0) hwloc_bitmap_set(bitmap.get(), cpu);
  return bitmap;
}

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ',';
  list += item;
}

}  // namespace

struct Machine::State {
  Topology topology;

  /// The system's numbers of all objects of a type that share a CPU with `cpus`.
  std::string touched(hwloc_obj_type_t type, const hwloc_bitmap_s* cpus) const {
    std::string list;
    for (hwloc_obj* object = nullptr;
         (object = hwloc_get_next_obj_by_type(topology.get(), type, object)) != nullptr;)
      if (object->cpuset != nullptr && hwloc_bitmap_intersects(object->cpuset, cpus) != 0)
        append(list, fmt::format("{}", object->os_index));
    return list;
  }
};

Machine::Machine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

base::Result<Machine> Machine::load(const std::filesystem::path& xml) {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0)
    return base::system_error("cannot examine the machine", "hwloc", errno);
  Topology topology(raw);
  if (!xml.empty()) {
    // hwloc reports an unreadable file only as such; tell apart what can be.
    if (auto file = base::open_readonly(xml); !file) return file.error();
    if (hwloc_topology_set_xml(raw, xml.c_str()) != 0)
      return base::Error{base::Errc::kFormat, "is not an hwloc topology", xml.string(), 0,
                         "make one with: lstopo topology.xml"};
  }
  hwloc_topology_set_io_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
  hwloc_topology_set_flags(raw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  if (hwloc_topology_load(raw) != 0) {
    if (xml.empty()) return base::system_error("cannot examine the machine", "hwloc", errno);
    return base::Error{base::Errc::kFormat, "is not an hwloc topology", xml.string(), 0,
                       "make one with: lstopo topology.xml"};
  }
  auto state = std::make_unique<State>();
  state->topology = std::move(topology);
  return Machine(std::move(state));
}

Places Machine::places(const CpuSet& cpus) const {
  hwloc_topology_t topology = state_->topology.get();
  const Bitmap set = bitmap_of(cpus);
  Places places;
  places.sockets = state_->touched(HWLOC_OBJ_PACKAGE, set.get());
  places.numa = state_->touched(HWLOC_OBJ_NUMANODE, set.get());
  for (hwloc_obj* die = nullptr;
       (die = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_DIE, die)) != nullptr;) {
    const hwloc_obj* package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, die);
    if (package != nullptr && hwloc_bitmap_intersects(die->cpuset, set.get()) != 0)
      append(places.dies, fmt::format("{}:{}", package->os_index, die->os_index));
  }
  return places;
}

std::string Machine::xml() const {
  char* buffer = nullptr;
  int length = 0;
  if (hwloc_topology_export_xmlbuffer(state_->topology.get(), &buffer, &length, 0) != 0) return {};
  std::string text(buffer, length > 0 ? static_cast<std::size_t>(length - 1) : 0);
  hwloc_free_xmlbuffer(state_->topology.get(), buffer);
  return text;
}

std::string Machine::cpu_model() const {
  const hwloc_obj* package = hwloc_get_obj_by_type(state_->topology.get(), HWLOC_OBJ_PACKAGE, 0);
  const char* model = package != nullptr
                          ? hwloc_obj_get_info_by_name(const_cast<hwloc_obj*>(package), "CPUModel")
                          : nullptr;
  return model != nullptr ? model : "";
}

int Machine::sockets() const {
  return hwloc_get_nbobjs_by_type(state_->topology.get(), HWLOC_OBJ_PACKAGE);
}

int Machine::cpus() const {
  return hwloc_get_nbobjs_by_type(state_->topology.get(), HWLOC_OBJ_PU);
}

std::string to_list(const CpuSet& cpus) {
  char* text = nullptr;
  hwloc_bitmap_list_asprintf(&text, bitmap_of(cpus).get());
  std::string list = text != nullptr ? text : "";
  std::free(text);
  return list;
}

}  // namespace joulepath::tools
