// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/build_content.h"

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace waybill::exporter::bridge::builds {
namespace {

// Longer than a daemon that gives a blob takes to say so.
constexpr absl::Duration kProbeTime = absl::Seconds(10);

}  // namespace

BuildContent::BuildContent(const std::shared_ptr<grpc::ChannelInterface>& daemon, SpoolSpace& space,
                           oci::content::Fetcher* daemon_files, oci::Clock& clock)
    : clock_(clock),
      spool_(space),
      daemon_content_(daemon, {}),
      layers_(daemon_files == nullptr ? std::vector<oci::content::Fetcher*>{&spool_, &daemon_content_}
                                      : std::vector<oci::content::Fetcher*>{&spool_, daemon_files, &daemon_content_}),
      all_({&documents_, &layers_}) {}

void BuildContent::CountDocument(const oci::Digest& digest) {
  absl::MutexLock lock(&mutex_);
  ++copies_[digest];
}

std::map<oci::Digest, int> BuildContent::copies() const {
  absl::MutexLock lock(&mutex_);
  return copies_;
}

bool BuildContent::HasLayer(const oci::Context& context, const oci::Descriptor& layer) {
  const oci::Context limited = context.WithDeadline(clock_.Now() + kProbeTime);
  const absl::StatusOr<std::unique_ptr<oci::io::Source>> source = layers_.Fetch(limited, layer);
  if (!source.ok()) return false;
  // The last byte: what an export will read, without the bytes before it.
  const auto reader = (*source)->Open(limited, layer.size - 1);
  char last;
  return reader.ok() && (*reader)->Read(absl::MakeSpan(&last, 1)).value_or(0) == 1;
}

}  // namespace waybill::exporter::bridge::builds
