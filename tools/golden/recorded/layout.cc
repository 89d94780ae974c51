// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/layout.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::golden::recorded {
namespace {

constexpr size_t kBlock = 512;

std::string HexOf(const std::string& bytes) { return std::string(oci::Digest::Of(bytes).hex()); }

// A field up to its first NUL.
std::string Field(const std::string& header, size_t offset, size_t size) {
  const std::string field = header.substr(offset, size);
  return field.substr(0, field.find('\0'));
}

absl::StatusOr<int64_t> Octal(const std::string& header, size_t offset, size_t size) {
  int64_t value = 0;
  for (const char c : Field(header, offset, size)) {
    if (c < '0' || c > '7') return oci::InvalidInputError("tar header with a number that is not octal");
    value = value * 8 + (c - '0');
  }
  return value;
}

absl::StatusOr<EntryRecord> ReadHeader(const std::string& header) {
  if (header.substr(257, 8) != absl::string_view("ustar\0"
                                                 "00",
                                                 8)) {
    return oci::InvalidInputError("not a USTAR header");
  }
  EntryRecord entry{.path = Field(header, 0, 100), .type = header.substr(156, 1), .link = Field(header, 157, 100)};
  entry.mode = Field(header, 100, 8).substr(3);
  ABSL_ASSIGN_OR_RETURN(entry.size, Octal(header, 124, 12));
  ABSL_ASSIGN_OR_RETURN(entry.mtime, Octal(header, 136, 12));
  return entry;
}

}  // namespace

std::string BlobPath(const std::string& digest) {
  return absl::StrCat("blobs/sha256/", absl::StripPrefix(digest, "sha256:"));
}

absl::StatusOr<Layout> ReadArchive(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  Layout layout{.sha256 = HexOf(bytes), .size = static_cast<int64_t>(bytes.size())};
  size_t at = 0;
  while (at + kBlock <= bytes.size() && bytes[at] != '\0') {
    ABSL_ASSIGN_OR_RETURN(EntryRecord entry, ReadHeader(bytes.substr(at, kBlock)));
    at += kBlock;
    const size_t size = static_cast<size_t>(entry.size);
    if (at + size > bytes.size()) return oci::InvalidInputError("tar entry longer than the archive");
    if (entry.type == "0") {
      std::string content = bytes.substr(at, size);
      entry.sha256 = HexOf(content);
      layout.files[entry.path] = std::move(content);
    }
    layout.entries.push_back(std::move(entry));
    at += (size + kBlock - 1) / kBlock * kBlock;
  }
  if (bytes.find_first_not_of('\0', at) != bytes.npos) return oci::InvalidInputError("bytes after the end of the tar");
  return layout;
}

absl::StatusOr<Layout> ReadDirectory(const std::string& path) {
  Layout layout;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error)) continue;
    ABSL_ASSIGN_OR_RETURN(layout.files[it->path().lexically_relative(path).string()], ReadFile(it->path().string()));
  }
  if (error) return oci::ErrnoError(error.value(), absl::StrCat("list ", path));
  for (const auto& [name, bytes] : layout.files) {
    layout.entries.push_back({.path = name, .sha256 = HexOf(bytes), .size = static_cast<int64_t>(bytes.size())});
  }
  return layout;
}

absl::StatusOr<Layout> ReadFiles(const std::string& path) {
  Layout layout;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    struct stat status;
    if (lstat(it->path().c_str(), &status) != 0) return oci::ErrnoError(errno, it->path().string());
    EntryRecord entry{.path = it->path().lexically_relative(path).string()};
    entry.mode = absl::StrFormat("%06o", status.st_mode);
    entry.mtime = status.st_mtim.tv_sec;
    if (S_ISLNK(status.st_mode)) entry.link = std::filesystem::read_symlink(it->path(), error).string();
    if (S_ISREG(status.st_mode)) {
      ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(it->path().string()));
      entry.sha256 = HexOf(bytes);
      entry.size = status.st_size;
    }
    layout.entries.push_back(std::move(entry));
  }
  if (error) return oci::ErrnoError(error.value(), absl::StrCat("list ", path));
  std::sort(layout.entries.begin(), layout.entries.end(),
            [](const EntryRecord& a, const EntryRecord& b) { return a.path < b.path; });
  return layout;
}

absl::StatusOr<std::map<std::string, RepositoryRecord>> ReadRepositories(const std::string& path) {
  constexpr char kRefName[] = "org.opencontainers.image.ref.name";
  ABSL_ASSIGN_OR_RETURN(const Layout files, ReadDirectory(path));
  std::map<std::string, RepositoryRecord> repositories;
  for (const auto& [name, bytes] : files.files) {
    const size_t blobs = name.find("/blobs/sha256/");
    const std::string repository = name.substr(0, blobs != name.npos ? blobs : name.rfind('/'));
    if (blobs != name.npos) {
      repositories[repository].digests.insert("sha256:" + HexOf(bytes));
    } else if (absl::EndsWith(name, "/index.json")) {
      const Json index = Json::parse(bytes, nullptr, false);
      for (const Json& entry : index.value("manifests", Json::array())) {
        const std::string tag = entry.value("annotations", Json::object()).value(kRefName, std::string());
        if (!tag.empty()) repositories[repository].tags.insert(tag);
      }
    }
  }
  return repositories;
}

}  // namespace waybill::golden::recorded
