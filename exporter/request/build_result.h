// SPDX-License-Identifier: Apache-2.0
// A build's result: what a build daemon hands to an exporter. Values only; blob bytes come from a content::Fetcher.
#ifndef WAYBILL_EXPORTER_REQUEST_BUILD_RESULT_H_
#define WAYBILL_EXPORTER_REQUEST_BUILD_RESULT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporter/request/annotations.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/time.h"

namespace waybill::exporter::request {

struct Layer {
  oci::Descriptor blob;  // media type, digest, size, annotations, urls: the form in which it came
  oci::Digest diff_id;
  std::optional<oci::Timestamp> created_at;
  std::string description;
};

// One file system of the result. No layers is the empty file system (BuildKit's nil ref).
struct Ref {
  std::vector<Layer> layers;
  std::optional<std::string> inline_cache;  // JSON for the config's "moby.buildkit.cache.v0"
};

struct AttestationSubject {
  enum class Kind {
    kSelf,   // the image under each name that it gets, and under `name`
    kRaw,    // `name` and `digests` as they are
    kImage,  // the image under `name` alone: what a statement of an existing image said
  };
  Kind kind = Kind::kSelf;
  std::string name;
  std::map<std::string, std::string> digests;  // algorithm to hex
};

struct Attestation {
  enum class Kind { kInToto, kBundle };
  Kind kind = Kind::kInToto;
  std::string path;
  std::string predicate_type;
  std::string statement_type;                   // kInToto: "_type" of the statement; "" for the one of today
  std::map<std::string, std::string> metadata;  // "reason", "inline-only", "sbom-core"
  std::vector<AttestationSubject> subjects;
  std::optional<oci::Descriptor> content;        // kInToto; media type unused
  std::map<std::string, oci::Descriptor> files;  // kBundle: file name to blob
};

struct BuildResult {
  // A map gives an index. A result that is not a map has at most one ref, under the key "".
  bool is_map = false;
  std::map<std::string, Ref> refs;
  std::map<std::string, std::string> metadata;                   // "containerimage.config/linux/amd64" to bytes, ...
  std::map<std::string, std::vector<Attestation>> attestations;  // by ResultPlatform::id
  AnnotationGroups annotations;  // they win over those in `metadata` and in an export's options
};

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_BUILD_RESULT_H_
