// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/policy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::attestations {
namespace {

using Kind = oci::places::ImageName::Kind;

// Of a name: longer ones are of no image.
constexpr size_t kMaxNameBytes = 4096;
// Colons at which a path may end; a tag has two at most (a registry's port, a digest's algorithm).
constexpr int kMaxSplits = 4;

constexpr std::pair<absl::string_view, Kind> kFileSchemes[] = {
    {"oci:", Kind::kDirectory}, {"oci-archive:", Kind::kArchive}, {"docker-archive:", Kind::kDockerArchive}};

absl::Status Denied(absl::string_view message) {
  return absl::PermissionDeniedError(oci::words::Quoted(message, oci::words::kMaxMessageBytes));
}

absl::Status CheckName(absl::string_view name) {
  if (name.empty()) return oci::InvalidInputError("the name of an image is missing");
  if (name.size() > kMaxNameBytes) return oci::InvalidInputError("the name of the image is too long");
  const bool plain =
      std::none_of(name.begin(), name.end(), [](unsigned char byte) { return absl::ascii_iscntrl(byte); });
  return plain ? absl::OkStatus() : oci::InvalidInputError("the name of the image has control characters");
}

// ".." is refused, and not resolved, because a client has no use for it.
absl::Status CheckPath(absl::string_view path) {
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part == ".." || part == ".")
      return Denied(absl::StrCat("image ", path, ": a path may not have \"", part, "\""));
  }
  return absl::OkStatus();
}

// What lies at `path` below `root`, opened without following a link: a directory, or a regular file.
absl::StatusOr<oci::file::Fd> Open(const oci::file::Fd& root, const std::string& path, Kind kind) {
  if (kind == Kind::kDirectory) return oci::rootfs::disk::OpenBeneath(root, path);
  const size_t slash = path.rfind('/');
  const std::string parent = slash == path.npos ? "" : path.substr(0, slash);
  ABSL_ASSIGN_OR_RETURN(const oci::file::Fd directory, oci::rootfs::disk::OpenBeneath(root, parent));
  const std::string name = path.substr(slash == path.npos ? 0 : slash + 1);
  oci::file::Fd file(openat(directory.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return oci::ErrnoError(errno, absl::StrCat("open ", path));
  struct stat status;
  if (fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return oci::NotFoundError(absl::StrCat(path, " is not a regular file"));
  }
  return file;
}

}  // namespace

absl::Status AllowedImage::Told(const absl::Status& status) const {
  if (status.ok() || path.empty()) return status;
  absl::Status told(status.code(), absl::StrReplaceAll(status.message(), {{name.path, path}}));
  if (const auto info = oci::ErrorInfoOf(status); info.has_value()) oci::SetErrorInfo(*info, told);
  return told;
}

absl::StatusOr<Policy> Policy::Create(const Options& options) {
  Policy policy;
  for (const std::string& path : options.layouts) {
    if (!absl::StartsWith(path, "/")) {
      return oci::InvalidInputError(absl::StrCat("layouts below ", path, ": it is not an absolute path"));
    }
    absl::StatusOr<oci::file::Fd> directory = oci::file::OpenDirectory(path);
    if (!directory.ok()) return oci::Annotate(directory.status(), absl::StrCat("layouts below ", path));
    policy.roots_.push_back(
        {.path = path.substr(0, path.find_last_not_of('/') + 1), .directory = *std::move(directory)});
  }
  for (const std::string& text : options.registries) {
    const std::string host = absl::AsciiStrToLower(text);
    const auto reference = oci::image::Reference::Parse(absl::StrCat(host, "/name"));
    if (!reference.ok() || reference->domain() != host) {
      return oci::InvalidInputError(
          absl::StrCat("registry ", text, ": it is not a host, such as ghcr.io or localhost:5000"));
    }
    policy.hosts_.insert(host);
  }
  return policy;
}

absl::Status Policy::CheckHost(const std::string& host) const {
  if (hosts_.contains(absl::AsciiStrToLower(host))) return absl::OkStatus();
  return Denied(absl::StrCat("registry ", host, ": the service's operator does not allow images of this host"));
}

absl::StatusOr<AllowedImage> Policy::Admit(absl::string_view name) const {
  ABSL_RETURN_IF_ERROR(CheckName(name));
  for (const auto& [scheme, kind] : kFileSchemes) {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, scheme)) continue;
    return AdmitFile({.name = {.kind = kind, .text = std::string(name)}}, rest);
  }
  // A registry's name: parsing does not look at the disk.
  ABSL_ASSIGN_OR_RETURN(oci::places::ImageName parsed, oci::places::ParseImageName(name));
  ABSL_RETURN_IF_ERROR(CheckHost(parsed.reference->domain()));
  return AllowedImage{.name = std::move(parsed)};
}

absl::StatusOr<AllowedImage> Policy::AdmitFile(AllowedImage image, absl::string_view path_and_tag) const {
  if (path_and_tag.empty()) {
    return oci::InvalidInputError(absl::StrCat("image ", image.name.text, ": a path is missing"));
  }
  bool allowed = false;
  size_t end = path_and_tag.size();
  for (int split = 0; split < kMaxSplits && end != path_and_tag.npos && end > 0; ++split) {
    const absl::string_view path = path_and_tag.substr(0, end);
    ABSL_RETURN_IF_ERROR(CheckPath(path));
    for (const Root& root : roots_) {
      absl::string_view below = path;
      if (absl::StartsWith(path, "/") && !absl::ConsumePrefix(&below, absl::StrCat(root.path, "/"))) continue;
      allowed = true;
      absl::StatusOr<oci::file::Fd> pin = Open(root.directory, std::string(below), image.name.kind);
      if (!pin.ok()) continue;
      image.path = std::string(path);
      image.pin = *std::move(pin);
      image.name.path = absl::StrCat("/proc/self/fd/", image.pin.number());
      image.name.tag = std::string(absl::ClippedSubstr(path_and_tag, end + 1));
      return image;
    }
    end = path_and_tag.rfind(':', end - 1);
  }
  if (!allowed) {
    return Denied(absl::StrCat("image ", image.name.text,
                               ": the path is not below a directory that the service's operator allows"));
  }
  return oci::NotFoundError(absl::StrCat("no such image: ", image.name.text));
}

}  // namespace waybill::exporter::attestations
