// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/path_kind.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/compress/compression.h"
#include "oci/error.h"

namespace waybill::exporter::input {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTarBlock = 512;
constexpr size_t kTarMagicAt = 257;
constexpr absl::string_view kOtherCompressed[] = {absl::string_view("\xfd"
                                                                    "7zXZ\0",
                                                                    6),
                                                  "BZh", "PK\x03\x04"};

bool Has(const std::string& directory, absl::string_view name) {
  std::error_code error;
  return fs::exists(absl::StrCat(directory, "/", name), error);
}

PathKind KindOfDirectory(const std::string& path) {
  if (Has(path, "oci-layout")) return PathKind::kLayout;
  return Has(path, "result.json") ? PathKind::kResult : PathKind::kDirectory;
}

PathKind KindOfFile(const std::string& path) {
  std::string block(kTarBlock, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(block.data(), static_cast<std::streamsize>(block.size()));
  const absl::string_view begin = absl::string_view(block).substr(0, static_cast<size_t>(file.gcount()));
  if (absl::StartsWith(absl::ClippedSubstr(begin, kTarMagicAt), "ustar")) return PathKind::kTar;
  if (oci::compress::DetectFormat(begin.substr(0, oci::compress::kMagicBytes)) != oci::compress::Format::kNone) {
    return PathKind::kCompressed;
  }
  for (const absl::string_view magic : kOtherCompressed) {
    if (absl::StartsWith(begin, magic)) return PathKind::kCompressed;
  }
  return PathKind::kFile;
}

}  // namespace

PathKind KindOfPath(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) return PathKind::kMissing;
  if (fs::is_directory(status)) return KindOfDirectory(path);
  return fs::is_regular_file(status) ? KindOfFile(path) : PathKind::kStream;
}

absl::string_view NameOf(PathKind kind) {
  switch (kind) {
    case PathKind::kMissing:
      return "nothing";
    case PathKind::kLayout:
      return "an OCI layout directory";
    case PathKind::kResult:
      return "a result directory";
    case PathKind::kDirectory:
      return "a directory without oci-layout and result.json";
    case PathKind::kTar:
      return "a tar archive";
    case PathKind::kCompressed:
      return "a compressed file";
    case PathKind::kFile:
      return "a file that is no archive";
    case PathKind::kStream:
      return "a pipe or device";
  }
  return "";
}

std::string OptionFor(PathKind kind, absl::string_view path) {
  switch (kind) {
    case PathKind::kLayout:
      return absl::StrCat("write --from oci:", path);
    case PathKind::kResult:
      return absl::StrCat("write --result ", path);
    case PathKind::kTar:
      return absl::StrCat("write --from oci-archive:", path);
    case PathKind::kCompressed:
      return "uncompress it, and write --from oci-archive:FILE";
    case PathKind::kStream:
      return "write what it gives to a file, and name the file";
    case PathKind::kMissing:
    case PathKind::kDirectory:
    case PathKind::kFile:
      break;
  }
  return "";
}

absl::Status WrongKind(absl::string_view path, PathKind kind, absl::string_view wanted) {
  if (kind == PathKind::kMissing) return oci::NotFoundError(absl::StrCat(path, ": No such file or directory"));
  const std::string instead = OptionFor(kind, path);
  return oci::InvalidInputError(
      absl::StrCat(path, " is ", NameOf(kind), ", and ", wanted, " is wanted", instead.empty() ? "" : ": ", instead));
}

}  // namespace waybill::exporter::input
