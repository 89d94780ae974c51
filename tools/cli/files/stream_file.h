// SPDX-License-Identifier: Apache-2.0
// What a path names that cannot be replaced by another file: standard output, other open descriptors, pipes, devices.
#ifndef WAYBILL_TOOLS_CLI_FILES_STREAM_FILE_H_
#define WAYBILL_TOOLS_CLI_FILES_STREAM_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/io/stream.h"

namespace waybill::cli::files {

// kFile is a regular file, or nothing yet.
enum class PathKind { kFile, kDirectory, kStdout, kStream };

// "-" is standard output, as is every path that leads to it by symbolic links (/dev/stdout, /proc/self/fd/1). The other
// names of open files under /dev/fd and /proc are streams, whatever is open there. Errors: those of looking at the
// path, with its name; NOT_FOUND for a descriptor that is not open.
absl::StatusOr<PathKind> KindOfPath(const std::string& path);

// Whether both lead to the same name.
bool IsSamePath(const std::string& a, const std::string& b);

// Opens what KindOfPath calls kStdout or kStream: a descriptor of this process as it is, anything else for writing. A
// FIFO is waited for until somebody reads it. Waiting and writing end with the context, even when nobody reads any
// more. A reader that goes away is an error of Write (main ignores SIGPIPE).
absl::StatusOr<std::unique_ptr<oci::io::Writer>> OpenStream(const oci::Context& context, const std::string& path);

}  // namespace waybill::cli::files

#endif  // WAYBILL_TOOLS_CLI_FILES_STREAM_FILE_H_
