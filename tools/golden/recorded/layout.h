// SPDX-License-Identifier: Apache-2.0
// What an export wrote, read without the code that wrote it.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_LAYOUT_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_LAYOUT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/golden/recorded/case.h"

namespace waybill::golden::recorded {

struct Layout {
  std::vector<EntryRecord> entries;          // in order; of a directory sorted by path
  std::map<std::string, std::string> files;  // path to bytes
  std::string sha256;                        // of an archive
  int64_t size = 0;                          // of an archive
};

// A USTAR archive of directories and files. Errors: anything else, and bytes after the end that are no zeros.
absl::StatusOr<Layout> ReadArchive(const std::string& path);
// The files below a directory.
absl::StatusOr<Layout> ReadDirectory(const std::string& path);
// Everything below a directory, with modes, times and the targets of links.
absl::StatusOr<Layout> ReadFiles(const std::string& path);

// The repositories below a directory, one OCI layout each.
absl::StatusOr<std::map<std::string, RepositoryRecord>> ReadRepositories(const std::string& path);

// "blobs/sha256/<hex>"
std::string BlobPath(const std::string& digest);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_LAYOUT_H_
