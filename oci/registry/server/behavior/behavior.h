// SPDX-License-Identifier: Apache-2.0
// How a registry behaves: one switch per difference that real registries show. The default is a registry that does
// everything the distribution spec 1.1 offers. Values only.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_BEHAVIOR_H_
#define WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_BEHAVIOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "oci/registry/server/wire/route.h"

namespace waybill::oci::registry::server::behavior {

// ---- Referrers ------------------------------------------------------------------------------------------------

enum class ReferrersApi {
  kOn,
  kNotFound,          // 404
  kMethodNotAllowed,  // 405
  kHtml,              // 200 with a web page
  kRedirect,          // 303 to a web page
};

enum class SubjectHeader {
  kSent,
  kOmitted,
  kOtherDigest,  // names another manifest
};

// "artifactType" in listings.
enum class ListedTypes { kRight, kOmitted, kOfConfig };
struct ReferrersBehavior {
  ReferrersApi api = ReferrersApi::kOn;
  SubjectHeader subject_header = SubjectHeader::kSent;
  absl::Duration delay;          // how long listings do not show a new referrer
  int page = 0;                  // entries per page; 0: all in one
  bool filter = true;            // ?artifactType= is applied and OCI-Filters-Applied says so
  bool require_subject = false;  // a manifest whose subject is not there is refused with MANIFEST_BLOB_UNKNOWN
  bool unknown_repository_is_404 = false;
  ListedTypes types = ListedTypes::kRight;
};

// ---- Manifests ------------------------------------------------------------------------------------------------

enum class ImmutableTags {
  kNo,
  kSameDigestAllowed,
  kAlwaysRefused,  // pushing an existing tag fails even with the same digest
};

struct ManifestBehavior {
  int64_t limit = 4 << 20;              // bytes; above: 413
  bool check_children = true;           // blobs and child manifests have to be there
  bool refuse_docker_types = false;     // 415
  bool refuse_empty_config = false;     // config of type application/vnd.oci.empty.v1+json
  bool refuse_artifact_type = false;    // manifests with artifactType
  bool refuse_subject = false;          // manifests with subject
  bool refuse_descriptor_data = false;  // descriptors with data
  // When not empty, all other config types are refused.
  std::vector<std::string> allowed_config_types;
  // How those refusals look.
  int refusal_status = 400;
  std::string refusal_code = "MANIFEST_INVALID";
  std::string refusal_message;  // empty: says what is wrong
  ImmutableTags immutable_tags = ImmutableTags::kNo;
  int immutable_status = 400;
  std::string immutable_code = "TAG_INVALID";
  bool tag_parameter = true;           // PUT by digest with ?tag=
  bool conditional_put = false;        // If-Match and If-None-Match on PUT: 412
  bool digest_tags = false;            // the tag sha256-<hex> means the manifest with that digest
  bool accept_needs_oci_type = false;  // GET of an OCI manifest without an OCI type in Accept: 404
  bool can_delete = true;              // otherwise 405
  // Content-Type of what is read, and then no Docker-Content-Digest; empty: as they should be.
  std::string served_type;
};

// ---- Blobs and uploads ----------------------------------------------------------------------------------------

enum class SinglePost {
  kDone,              // 201
  kSessionOnly,       // 202: the body is ignored
  kNeedsOctetStream,  // 201, but 415 without Content-Type: application/octet-stream
};

enum class Mount {
  kDone,                    // 201 when the source has the blob, otherwise 202
  kSessionOnly,             // 202 always
  kUnauthorized,            // 401
  kForbidden,               // 403
  kUnauthorizedWhenAbsent,  // 201 when the source has the blob, otherwise 401
};

// Mounts without `from`.
enum class AnonymousMount {
  kSessionOnly,     // 202
  kSameRepository,  // 201 when this repository has the blob
  kAnyRepository,   // 201 when any repository has it
  kRefused,         // 400
};

enum class Chunked {
  kOn,
  kRefused,     // a second PATCH, and one with Content-Range: 405
  kLosesLater,  // PATCH after the first: 201, Range stands still, the data is lost
};

enum class Locations {
  kRelative,
  kAbsolute,
  kOtherPort,
  kInnerName,  // a host that a client cannot reach: what a proxy in front calls the registry
  kWithSpace,
};

struct UploadBehavior {
  SinglePost single_post = SinglePost::kDone;
  Mount mount = Mount::kDone;
  AnonymousMount anonymous_mount = AnonymousMount::kAnyRepository;
  Chunked chunked = Chunked::kOn;
  int64_t chunk_minimum = 0;        // OCI-Chunk-Min-Length; smaller chunks that are not the last: 416
  int64_t chunk_limit = 0;          // a PATCH with Content-Range of more bytes: 416; 0: no limit
  int64_t body_limit = 0;           // larger request bodies get 413 from a proxy; 0: no limit
  bool reset_ends_session = false;  // an upload whose connection broke cannot be continued
  Locations locations = Locations::kRelative;
  bool redirect_blobs = false;      // GET of a blob: 307 to another port
  bool create_repositories = true;  // otherwise NAME_UNKNOWN unless it was added before
};

// ---- Authentication -------------------------------------------------------------------------------------------

enum class AuthScheme { kNone, kBasic, kBearer };

struct AuthBehavior {
  AuthScheme scheme = AuthScheme::kNone;
  std::string user = "user";
  std::string password = "password";
  std::string identity_token;  // accepted as refresh token when not empty
  bool anonymous_pull = false;
  std::vector<std::string> other_challenges;  // sent before ours, for instance "Negotiate"
  bool one_header = false;                    // all challenges in one header
  bool relative_realm = false;
  bool post = true;  // POST to the token endpoint; otherwise 404
  absl::Duration lifetime = absl::Minutes(5);
  bool tell_lifetime = true;            // expires_in
  bool access_token_only = false;       // "access_token" instead of "token"
  bool rotate_refresh_tokens = false;   // each use gives a new one and ends the old one
  bool strict_scope = true;             // otherwise any token opens everything
  int wrong_password_status = 401;      // with 403 and without a challenge, as for a password that has expired
  bool refuse_instead_of_less = false;  // the token endpoint answers 403 when it would grant less than asked
};

// ---- Faults ---------------------------------------------------------------------------------------------------

enum class FaultKind {
  kStatus,       // answers with `status` without reading the body
  kLateStatus,   // does what was asked, then answers with `status`
  kDrop,         // resets the connection after `at` bytes of the request body
  kDropAnswer,   // does what was asked, then resets the connection instead of answering
  kTruncate,     // resets the connection after `at` bytes of the response body
  kStall,        // answers, but sends nothing after `at` bytes of the response body
  kDelay,        // waits for `delay` first
  kWrongDigest,  // Docker-Content-Digest of something else
  kCorrupt,      // the first byte of the response body is another one
  kForgetBlob,   // says that the blob is stored, and does not store it
};

struct Fault {
  FaultKind kind = FaultKind::kStatus;
  wire::RequestClass where = wire::RequestClass::kAny;
  int skip = 0;               // matching requests that go well first
  int times = -1;             // how many matching requests it hits; -1: all
  int every = 1;              // of those after `skip`, only each so many-th: a rate
  std::string path_contains;  // only requests whose path contains this
  int status = 500;
  std::string retry_after;  // header of the answer, as it is
  std::string code;         // of the JSON error body; empty: a proxy's web page
  std::string text;         // or a plain text
  int64_t at = 0;           // bytes
  absl::Duration delay;
};

struct Behavior {
  ReferrersBehavior referrers;
  ManifestBehavior manifests;
  UploadBehavior uploads;
  AuthBehavior auth;
  int absent_head_status = 404;    // HEAD of a blob or manifest that is not there
  int blob_head_status = 200;      // other than 200: of every HEAD of a blob
  int manifest_head_status = 200;  // and of a manifest
  bool web_page = false;           // no registry: everything is answered 200 with a web page
  std::vector<Fault> faults;       // the first that matches is the one that happens; delays come on top
};

}  // namespace waybill::oci::registry::server::behavior

#endif  // WAYBILL_OCI_REGISTRY_SERVER_BEHAVIOR_BEHAVIOR_H_
