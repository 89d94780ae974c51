// SPDX-License-Identifier: Apache-2.0
#include "oci/file/settings_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/fd.h"

namespace waybill::oci::file {

absl::StatusOr<std::string> ReadSettingsFile(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError(errno, absl::StrCat("open ", path));
  std::string text;
  char chunk[16 << 10];
  // Such a file may hold a secret.
  const absl::Cleanup wipe = [&chunk] { explicit_bzero(chunk, sizeof chunk); };
  while (true) {
    const ssize_t count = read(fd.number(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoError(errno, absl::StrCat("read ", path));
    if (count == 0) return text;
    text.append(chunk, static_cast<size_t>(count));
    if (text.size() > kMaxSettingsBytes) return InvalidInputError(absl::StrCat(path, ": more than 4 MiB"));
  }
}

}  // namespace waybill::oci::file
