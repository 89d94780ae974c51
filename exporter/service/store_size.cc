// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store_size.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace waybill::exporter::service {
namespace {

namespace fs = std::filesystem;

void AddFiles(const fs::path& directory, StoreSize& size) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    const auto bytes = entry->file_size(gone);
    if (gone) continue;
    ++size.blobs;
    size.bytes += static_cast<int64_t>(bytes);
  }
}

}  // namespace

StoreSize SizeOfStore(const std::string& root) {
  StoreSize size;
  std::error_code error;
  for (fs::directory_iterator entry(absl::StrCat(root, "/blobs"), error), end; !error && entry != end;
       entry.increment(error)) {
    AddFiles(entry->path(), size);
  }
  return size;
}

}  // namespace waybill::exporter::service
