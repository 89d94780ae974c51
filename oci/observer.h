// SPDX-License-Identifier: Apache-2.0
// Facts about work, for those who count them: a service that has metrics. A fact is typed and told once; progress
// (progress.h) is for a reader, and newer events replace older ones.
#ifndef WAYBILL_OCI_OBSERVER_H_
#define WAYBILL_OCI_OBSERVER_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace waybill::oci {

// Work waited for its turn in a queue.
struct QueueWaited {
  absl::Duration took;
};

// What an export consists of (ARCHITECTURE.md, "Life of an export").
enum class Stage { kLayers, kAssemble, kUnpack, kDeliver };

// "layers", "assemble", ...
constexpr absl::string_view NameOf(Stage stage) {
  constexpr absl::string_view kNames[] = {"layers", "assemble", "unpack", "deliver"};
  return kNames[static_cast<int>(stage)];
}

// A stage has ended, well or not.
struct StageEnded {
  Stage stage = Stage::kLayers;
  absl::Duration took;
};

// A repository has a blob that a push brings.
struct BlobDelivered {
  enum class How {
    kPushed,   // its bytes were sent
    kMounted,  // the registry took it from another repository
    kPresent,  // it was there
  };
  How how = How::kPushed;
  int64_t bytes = 0;  // the size of the blob
};

// "pushed", "mounted" or "present".
constexpr absl::string_view NameOf(BlobDelivered::How how) {
  constexpr absl::string_view kNames[] = {"pushed", "mounted", "present"};
  return kNames[static_cast<int>(how)];
}

// A layer was converted: decompressed, perhaps rewritten, and compressed.
struct LayerConverted {
  int64_t bytes_in = 0;  // as it came
  int64_t bytes_out = 0;
};

// A request to a registry, or an upload, is tried again.
struct Retried {
  enum class Why { kRateLimit, kTransient, kUnreachable };
  std::string host;  // with its port
  Why why = Why::kTransient;
};

// The fallback tag of a subject was needed.
struct FallbackTagEnded {
  bool written = false;   // it lists all that it should
  bool repaired = false;  // another writer had changed it meanwhile, so that it was written again
};

// A registry refused attestations, and the image went without them or with their legacy form.
struct AttestationsDowngraded {};

using Fact = std::variant<QueueWaited, StageEnded, BlobDelivered, LayerConverted, Retried, FallbackTagEnded,
                          AttestationsDowngraded>;

// Implementations are thread-safe and return at once.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void Observe(const Fact& fact) = 0;
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_OBSERVER_H_
