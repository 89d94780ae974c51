// SPDX-License-Identifier: Apache-2.0
#include "oci/content/temporary_store.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/fd.h"
#include "oci/status_macros.h"

namespace waybill::oci::content {

absl::StatusOr<std::unique_ptr<TemporaryStore>> TemporaryStore::Create(const std::string& parent) {
  ABSL_RETURN_IF_ERROR(io::MakeDirectories(parent));
  ABSL_ASSIGN_OR_RETURN(const std::string name, io::RandomName("waybill-"));
  const std::string root = absl::StrCat(parent, "/", name);
  if (mkdir(root.c_str(), 0700) != 0) return ErrnoError(errno, absl::StrCat("create directory ", root));
  return std::unique_ptr<TemporaryStore>(new TemporaryStore(root));
}

TemporaryStore::~TemporaryStore() {
  // What cannot be removed is left to whoever cleans temporary directories.
  std::error_code error;
  std::filesystem::remove_all(store_.root(), error);
}

}  // namespace waybill::oci::content
