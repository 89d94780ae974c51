// SPDX-License-Identifier: Apache-2.0
// The blobs of one repository (distribution-spec, "Pull", "Push").
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_BLOBS_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_BLOBS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry::transfer {

// Thread-safe. Host and traffic must outlive it.
class Blobs {
 public:
  Blobs(Host& host, std::string repository, Traffic& traffic);

  // HEAD, or where that is refused (RefusesHead) GET of a byte. A 403 to HEAD, or a refusal of both, is "absent":
  // registries answer 403 for what is not there yet, and the upload will tell otherwise. It is left in `refusal`, for
  // the error that may follow.
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& blob, absl::Status* refusal = nullptr);

  // Asks to take the blob from `from`, a repository of the same host. Any refusal is "no", and one for want of rights
  // ends asking for others from there; the upload session that some registries open instead is returned for Upload.
  struct MountResult {
    bool mounted = false;
    std::optional<std::string> session;
  };
  absl::StatusOr<MountResult> Mount(const Context& context, const Descriptor& blob, const std::string& from);

  // Sends the blob, from the beginning in a new session after each failure that may pass. `session` is an open one to
  // use first. Reports kTransferring, kCommitting and kRetrying. Errors: ReplyError's; the source's; the context's.
  absl::Status Upload(const Context& context, const Descriptor& blob, const io::Source& source,
                      std::optional<std::string> session);

  // HEAD (or, where that is refused, GET of a byte), and a source whose Open is a GET (with Range for an offset); its
  // reader goes on after a connection that breaks. NOT_FOUND when the registry does not have it.
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& blob);
  // Such a source of a blob whose size is known, without a request: the first Open tells whether it is there.
  std::unique_ptr<io::Source> FetchUnasked(const Descriptor& blob);

 private:
  // The blob's size, or -1 where the registry does not tell it.
  absl::StatusOr<int64_t> AskSize(const Context& context, const Descriptor& blob);
  absl::StatusOr<int64_t> AskSizeByGet(const Context& context, const Descriptor& blob, bool push);
  absl::StatusOr<bool> ExistsByGet(const Context& context, const Descriptor& blob, absl::Status* refusal);

  Host& host_;
  const std::string repository_;
  Traffic& traffic_;
  std::atomic<bool> no_head_{false};  // HEAD was refused where GET works
};

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_BLOBS_H_
