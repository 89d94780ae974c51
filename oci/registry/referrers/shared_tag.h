// SPDX-License-Identifier: Apache-2.0
// A tag whose manifest several writers change, each keeping what the others wrote: the fallback tag of referrers
// (distribution-spec, "Referrers Tag Schema"), and cosign's tags of attestations.
#ifndef WAYBILL_OCI_REGISTRY_REFERRERS_SHARED_TAG_H_
#define WAYBILL_OCI_REGISTRY_REFERRERS_SHARED_TAG_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/registry/host.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::registry::referrers {

// What is to become of the manifest under a tag.
struct TagEdit {
  std::string media_type;  // of what is written
  // The bytes that come after `current`; those of `current` when it has everything already. Called again after every
  // look at the tag, by one thread at a time. An error is a reason to leave the tag alone.
  std::function<absl::StatusOr<std::string>(const std::optional<transfer::FetchedManifest>& current)> next;
  // Called before these bytes are written, for what they name. Empty: nothing. Errors end the write.
  std::function<absl::Status(const Context&, absl::string_view next)> prepare = nullptr;
};

// The tag as it stood.
struct TagState {
  std::optional<transfer::FetchedManifest> manifest;
  absl::Time read_at;
};

// What became of a write.
struct TagWrite {
  bool written = false;   // the tag has it all
  bool repaired = false;  // after another writer had put it out
  std::string reason;     // why it has not
};

// Thread-safe. Host and traffic must outlive it.
class SharedTag {
 public:
  SharedTag(Host& host, const std::string& repository, Traffic& traffic, std::string tag)
      : host_(host), manifests_(host, repository, traffic), tag_(std::move(tag)) {}

  absl::StatusOr<TagState> Read(const Context& context);

  // Reads (unless `state` has just been read), edits, writes on condition that nobody else wrote, waits and looks. A
  // writer that had read the tag before our write takes its round trip to put our change out; when one did, all of it
  // again after a growing random wait. A write that is refused (412) while the tag stands as it stood is made once more
  // without conditions; refused again, the registry lets nobody change the tag. Errors: the context's, the transport's
  // and those of `prepare`.
  absl::StatusOr<TagWrite> Write(const Context& context, const TagEdit& edit, std::optional<TagState> state);

 private:
  // One round; nothing when another is needed. `unconditional`: 412 is a refusal then.
  absl::StatusOr<std::optional<TagWrite>> WriteRound(const Context& context, const TagEdit& edit, const TagState& state,
                                                     bool unconditional);
  // After the time that other writers need, and as much again for as long as they write: `written` is what the tag
  // stood for after our own write.
  absl::StatusOr<bool> Stays(const Context& context, const TagEdit& edit, const Digest& written,
                             absl::Duration write_took);

  Host& host_;
  transfer::Manifests manifests_;
  const std::string tag_;
};

}  // namespace waybill::oci::registry::referrers

#endif  // WAYBILL_OCI_REGISTRY_REFERRERS_SHARED_TAG_H_
