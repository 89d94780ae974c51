// SPDX-License-Identifier: Apache-2.0
// What a user's path leads to, for errors that say what to write instead.
#ifndef WAYBILL_EXPORTER_INPUT_PATH_KIND_H_
#define WAYBILL_EXPORTER_INPUT_PATH_KIND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::input {

enum class PathKind {
  kMissing,     // nothing is there, or it cannot be looked at
  kLayout,      // a directory with an oci-layout
  kResult,      // a directory with a result.json
  kDirectory,   // another directory
  kTar,         // a file that begins as a tar archive
  kCompressed,  // a file that begins as gzip, zstd, xz, bzip2 or zip
  kFile,        // another file
  kStream,      // a FIFO, a socket or a device
};

// By names in a directory and by the first 512 bytes of a file; a FIFO is not opened.
PathKind KindOfPath(const std::string& path);

// "a directory", "a tar archive", ...
absl::string_view NameOf(PathKind kind);

// What to write for the image or result at `path`: "--from oci-archive:PATH", "--result PATH", ...; empty for what no
// option takes.
std::string OptionFor(PathKind kind, absl::string_view path);

// The error of an option that wants another kind ("an OCI layout directory") than is at `path`: what is there, and what
// to write for it. INVALID_ARGUMENT; NOT_FOUND where nothing is there.
absl::Status WrongKind(absl::string_view path, PathKind kind, absl::string_view wanted);

}  // namespace waybill::exporter::input

#endif  // WAYBILL_EXPORTER_INPUT_PATH_KIND_H_
