#include "core/trace/trace_module.hpp"

#include "core/trace/node_writer.hpp"

namespace joulepath::trace {
namespace {

base::Result<std::unique_ptr<NodeSink>> create(const std::filesystem::path& path,
                                               const record::NodeInfo& node,
                                               std::span<const record::FunctionRow> functions) {
  auto writer = NodeWriter::create(path, node, functions);
  if (!writer) return writer.error();
  return std::unique_ptr<NodeSink>(std::make_unique<NodeWriter>(*std::move(writer)));
}

constexpr TraceModule kModule{JOULEPATH_VERSION, create, gather_folder};

}  // namespace
}  // namespace joulepath::trace

extern "C" [[gnu::visibility("default")]] const joulepath::trace::TraceModule*
joulepath_trace_module();

const joulepath::trace::TraceModule* joulepath_trace_module() {
  return &joulepath::trace::kModule;
}
