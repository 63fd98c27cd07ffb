#include "tools/recorder/init_wait.hpp"

#include <chrono>
#include <filesystem>
#include <thread>

#include "tools/recorder/process_channel.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kLook = milliseconds(2);
constexpr auto kLongest = milliseconds(2000);

std::unique_ptr<ProcessChannel> first_channel(const fs::path& session) {
  for (const fs::path& file : channel_files(session))
    if (auto process = ProcessChannel::open(file)) return std::move(*process);
  return nullptr;
}

bool initialising(const ProcessChannel& process) {
  constexpr auto kStarting = static_cast<std::uint32_t>(record::MpiState::kStarting);
  return process.header().mpi_state.load(std::memory_order_acquire) == kStarting && process.alive();
}

}  // namespace

void wait_for_mpi_init(const record::SessionPath& session) {
  // One process stands for all: they leave MPI_Init together.
  const auto process = first_channel(session.text);
  if (process == nullptr) return;
  const auto deadline = steady_clock::now() + kLongest;
  while (initialising(*process) && steady_clock::now() < deadline)
    std::this_thread::sleep_for(kLook);
}

}  // namespace joulepath::tools
