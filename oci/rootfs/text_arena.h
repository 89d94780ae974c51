// SPDX-License-Identifier: Apache-2.0
// Many short texts in little memory: names, link targets.
#ifndef WAYBILL_OCI_ROOTFS_TEXT_ARENA_H_
#define WAYBILL_OCI_ROOTFS_TEXT_ARENA_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::oci::rootfs {

// Texts of up to kMaxBytes, at most 4 GiB in all; they stay where they are and live as long as the arena. Growing moves
// nothing, so that memory has no peak. Not thread-safe while it grows.
class TextArena {
 public:
  static constexpr size_t kMaxBytes = 4096;

  // Where the text is from now on; false when it is too long or the arena is full.
  bool Add(absl::string_view text, uint32_t& position) {
    if (text.size() > kMaxBytes) return false;
    if (chunks_.empty() || kChunkBytes - used_ < text.size()) {
      if (chunks_.size() == kMaxChunks) return false;
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
      used_ = 0;
    }
    if (!text.empty()) std::memcpy(chunks_.back().get() + used_, text.data(), text.size());
    position = static_cast<uint32_t>((chunks_.size() - 1) * kChunkBytes + used_);
    used_ += text.size();
    return true;
  }
  absl::string_view Get(uint32_t position, size_t size) const {
    return {chunks_[position / kChunkBytes].get() + position % kChunkBytes, size};
  }

 private:
  static constexpr size_t kChunkBytes = 64 << 10;
  static constexpr size_t kMaxChunks = (size_t{1} << 32) / kChunkBytes;

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t used_ = 0;  // of the last chunk
};

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_TEXT_ARENA_H_
