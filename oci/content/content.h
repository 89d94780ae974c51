// SPDX-License-Identifier: Apache-2.0
// Content-addressed blobs: the roles that registries, layouts, archives and stores play. Every image destination is a
// Target, so that moving an image anywhere is one call (copy_graph.h).
#ifndef WAYBILL_OCI_CONTENT_CONTENT_H_
#define WAYBILL_OCI_CONTENT_CONTENT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"

namespace waybill::oci::content {

// All roles: safe to call from several threads at once, unless an implementation says otherwise.

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // Finds the blob with the descriptor's digest. The bytes are not verified: whoever takes them does that (Push and
  // Commit, or VerifiedBytes). A descriptor size below 0 means "unknown"; the source then tells it.
  // Errors: NOT_FOUND naming the digest; FAILED_PRECONDITION (kVerification) when the size differs.
  virtual absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) = 0;
};

// A blob on its way: what it must be, and where its bytes come from.
struct Blob {
  Descriptor descriptor;
  std::unique_ptr<io::Source> source;
};

class Pusher {
 public:
  virtual ~Pusher() = default;
  virtual absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) = 0;
  // Takes the blob or manifest (told apart by media type). When OK, what is stored has the descriptor's digest and
  // size; a blob that does not is kVerification and nothing of it stays. Pushing what is there already is OK.
  // Targets that write one file at the end (archives) may keep the source and verify in Tag or Finish.
  virtual absl::Status Push(const Context& context, Blob blob) = 0;
};

class Tagger {
 public:
  virtual ~Tagger() = default;
  // Makes `root` findable by name. Called after everything that `root` reaches was pushed.
  virtual absl::Status Tag(const Context& context, const Descriptor& root, absl::string_view tag) = 0;
};

class Target : public Fetcher, public Pusher, public Tagger {};

// What a writer's bytes must turn out to be; unset parts are not checked.
struct Expected {
  std::optional<Digest> digest;
  std::optional<int64_t> size;
};

// Bytes whose digest is known only at the end. Dropping the writer without Commit drops the bytes. Not thread-safe.
// Close does nothing more than Commit needs: call Commit alone.
class BlobWriter : public io::Writer {
 public:
  // Makes the blob visible. kVerification when it is not what was expected; nothing stays then.
  virtual absl::StatusOr<Descriptor> Commit(const Context& context, absl::string_view media_type,
                                            const Expected& expected) = 0;
};

class Store : public Fetcher, public Pusher {
 public:
  virtual absl::StatusOr<std::unique_ptr<BlobWriter>> NewWriter(const Context& context) = 0;
};

// The blob's bytes in memory, verified against digest and size; for documents only. INVALID_ARGUMENT above `limit`.
absl::StatusOr<std::string> VerifiedBytes(const Context& context, Fetcher& from, const Descriptor& descriptor,
                                          int64_t limit);

// NOT_FOUND: "blob <digest> not found".
absl::Status BlobNotFound(const Digest& digest);

// kVerification naming `descriptor.digest` when it has a size and `size` is another.
absl::Status VerifySize(const Descriptor& descriptor, int64_t size);

// The same for the digest as well.
absl::Status Verify(const Descriptor& descriptor, const Digest& actual, int64_t size);

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_CONTENT_H_
