// SPDX-License-Identifier: Apache-2.0
// Go's compress/gzip, asked through a program (tools/peers/deflate).
#ifndef WAYBILL_TOOLS_DEFLATE_GO_GZIP_H_
#define WAYBILL_TOOLS_DEFLATE_GO_GZIP_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::deflate_tools {

// Where the peers' programs are, without regard to whether they are there (tools/peers/README.md).
std::string PeerProgram(absl::string_view name);

// A running "go-gzip serve". Not thread-safe.
class GoGzip {
 public:
  static absl::StatusOr<std::unique_ptr<GoGzip>> Start(const std::string& program);
  ~GoGzip();
  // The member that Go makes of `input`. `level` is one that Go has.
  absl::StatusOr<std::string> Compress(int level, bool flush, absl::string_view input);

 private:
  GoGzip(pid_t child, int to, int from) : child_(child), to_(to), from_(from) {}
  absl::Status Send(absl::string_view bytes);
  absl::Status Receive(std::string& bytes);

  const pid_t child_;
  const int to_;
  const int from_;
};

}  // namespace waybill::deflate_tools

#endif  // WAYBILL_TOOLS_DEFLATE_GO_GZIP_H_
