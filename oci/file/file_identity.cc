// SPDX-License-Identifier: Apache-2.0
#include "oci/file/file_identity.h"

#include <sys/stat.h>

namespace waybill::oci::file {

bool IsFileAt(const Fd& fd, const std::string& path) {
  struct stat open_file;
  struct stat named_file;
  return fstat(fd.number(), &open_file) == 0 && lstat(path.c_str(), &named_file) == 0 &&
         open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

}  // namespace waybill::oci::file
