// Makes this process's channel file and allocates its pages before they are used: a
// store to a page that a full /dev/shm cannot provide would kill the job by SIGBUS.
#pragma once

#include <cstddef>

#include "core/record/channel_layout.hpp"
#include "core/record/session.hpp"

namespace joulepath::pmpi {

struct ChannelFile {
  record::Channel* channel = nullptr;
  char path[record::kSessionPathBytes + 64];
};

/// Creates and maps the file, with header and first lane populated, under a name that
/// readers ignore. Returns 0 or an errno.
int create_channel(const record::SessionPath& directory, ChannelFile& file) noexcept;

/// Gives the filled-in channel its final name; readers see it whole or not at all.
int publish_channel(const record::SessionPath& directory, ChannelFile& file) noexcept;

/// Allocates and touches the pages of a lane. Returns 0 or an errno.
int populate_lane(const ChannelFile& file, std::size_t lane) noexcept;

}  // namespace joulepath::pmpi
