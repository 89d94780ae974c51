// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/owner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace waybill::oci::content::store {
namespace {

constexpr char kAttribute[] = "user.waybill.owner";
// A block of the file system holds it, whatever else it holds.
constexpr size_t kMaxOwnerBytes = 1024;

}  // namespace

void SetOwner(const file::Fd& file, absl::string_view owner) {
  if (owner.empty() || owner.size() > kMaxOwnerBytes) return;
  fsetxattr(file.number(), kAttribute, owner.data(), owner.size(), 0);
}

void SetOwner(const std::string& path, absl::string_view owner) {
  const file::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info;
  if (!file.valid() || fstat(file.number(), &info) != 0) return;
  // The kernel asks for the right to write, which nobody has of a blob.
  if (fchmod(file.number(), info.st_mode | S_IWUSR) != 0) return;
  SetOwner(file, owner);
  fchmod(file.number(), info.st_mode);
}

std::string OwnerOf(const std::string& path) {
  std::string owner(kMaxOwnerBytes, '\0');
  const ssize_t size = lgetxattr(path.c_str(), kAttribute, owner.data(), owner.size());
  owner.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return owner;
}

}  // namespace waybill::oci::content::store
