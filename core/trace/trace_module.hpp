// The trace library as a module that is opened at run time: what the recorder needs of it,
// in one table. HDF5 brings forty shared libraries along; so the recorder's program links
// none of them, takes its first reading, and opens this when nobody waits for it
// (docs/adr/0005). Module and program are of one build: the table says of which.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/gather.hpp"
#include "core/trace/node_sink.hpp"

namespace joulepath::trace {

struct TraceModule {
  /// Version of Joulepath. The types below are C++: another build's must not be used.
  const char* version;
  base::Result<std::unique_ptr<NodeSink>> (*create)(const std::filesystem::path& path,
                                                    const record::NodeInfo& node,
                                                    std::span<const record::FunctionRow> functions);
  decltype(trace::gather_folder)* gather_folder;
};

/// The only name the module exports: a TraceModuleEntry.
inline constexpr const char* kTraceModuleEntry = "joulepath_trace_module";
using TraceModuleEntry = const TraceModule* (*)();

}  // namespace joulepath::trace
