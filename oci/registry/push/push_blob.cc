// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_blob.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/observer.h"
#include "oci/progress.h"
#include "oci/registry/host.h"
#include "oci/registry/single_flight.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::push {
namespace {

constexpr int64_t kAskAboveBytes = 1 << 20;
constexpr absl::string_view kSourceAnnotation = "containerd.io/distribution.source.";

int SharedComponents(absl::string_view a, absl::string_view b) {
  const std::vector<absl::string_view> left = absl::StrSplit(a, '/');
  const std::vector<absl::string_view> right = absl::StrSplit(b, '/');
  int shared = 0;
  for (size_t i = 0; i < left.size() && i < right.size() && left[i] == right[i]; ++i) ++shared;
  return shared;
}

void Report(const Context& context, const BlobDelivery& delivery, const Descriptor& blob, ProgressEvent::State state) {
  context.Report({.target = absl::StrCat(delivery.host.domain(), "/", delivery.repository),
                  .item = blob.digest.ToString(),
                  .state = state,
                  .current = state == ProgressEvent::State::kChecking ? 0 : blob.size,
                  .total = blob.size});
}

// The last that is told about the blob.
absl::Status Delivered(Span& span, const BlobDelivery& delivery, const Descriptor& blob, BlobDelivered::How how) {
  const Context& context = span.context();
  using State = ProgressEvent::State;
  const bool pushed = how == BlobDelivered::How::kPushed;
  Report(context, delivery, blob,
         pushed                                ? State::kDone
         : how == BlobDelivered::How::kMounted ? State::kMounted
                                               : State::kExists);
  span.Set("waybill.blob.outcome", NameOf(how));
  context.Observe(BlobDelivered{.how = how, .bytes = blob.size});
  return absl::OkStatus();
}

absl::Status Deliver(Span& span, const BlobDelivery& delivery, const Descriptor& blob, bool check) {
  const Context& context = span.context();
  absl::Status refusal;
  if (check || blob.size > kAskAboveBytes) {
    Report(context, delivery, blob, ProgressEvent::State::kChecking);
    ABSL_ASSIGN_OR_RETURN(const bool there, delivery.blobs.Exists(context, blob, &refusal));
    if (there) return Delivered(span, delivery, blob, BlobDelivered::How::kPresent);
  }
  std::optional<std::string> session;
  const auto origin = delivery.origins.find(blob.digest);
  const std::string from = MountSource(blob, delivery.host.domain(), delivery.repository,
                                       origin == delivery.origins.end() ? delivery.mount_from : origin->second);
  if (!from.empty()) {
    ABSL_ASSIGN_OR_RETURN(transfer::Blobs::MountResult mount, delivery.blobs.Mount(context, blob, from));
    if (mount.mounted) return Delivered(span, delivery, blob, BlobDelivered::How::kMounted);
    session = std::move(mount.session);
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Source> source, delivery.content.Fetch(context, blob));
  const absl::Status uploaded = delivery.blobs.Upload(context, blob, *source, std::move(session));
  if (!uploaded.ok() && !refusal.ok()) {
    return MakeError(ReasonOf(uploaded).value_or(Reason::kInternal),
                     absl::StrCat(uploaded.message(), "; before that ", refusal.message()), MetadataOf(uploaded));
  }
  ABSL_RETURN_IF_ERROR(uploaded);
  if (check) delivery.traffic.bytes_again += blob.size;
  return Delivered(span, delivery, blob, BlobDelivered::How::kPushed);
}

absl::Status DeliverOnce(Span& span, const BlobDelivery& delivery, const Descriptor& blob, bool check) {
  if (check) return Deliver(span, delivery, blob, check);
  const Context& context = span.context();
  if (delivery.delivered != nullptr && delivery.delivered->Contains(blob.digest)) {
    Report(context, delivery, blob, ProgressEvent::State::kExists);
    return absl::OkStatus();
  }
  const std::string key = absl::StrCat(delivery.repository, "@", blob.digest.ToString());
  ABSL_ASSIGN_OR_RETURN(const bool ours, delivery.host.blobs_in_flight().Run(
                                             context, key, [&] { return Deliver(span, delivery, blob, check); }));
  if (!ours) ABSL_RETURN_IF_ERROR(Delivered(span, delivery, blob, BlobDelivered::How::kPresent));
  if (delivery.delivered != nullptr) delivery.delivered->Add(blob.digest);
  return absl::OkStatus();
}

}  // namespace

std::string MountSource(const Descriptor& blob, const std::string& domain, const std::string& repository,
                        const std::vector<std::string>& mount_from) {
  std::vector<std::string> candidates = mount_from;
  const std::string host = domain.substr(0, domain.rfind(':'));
  const auto found = blob.annotations.find(absl::StrCat(kSourceAnnotation, host));
  if (found != blob.annotations.end()) {
    for (absl::string_view name : absl::StrSplit(found->second, ',', absl::SkipEmpty())) candidates.emplace_back(name);
  }
  std::string best;
  int most = -1;
  for (const std::string& candidate : candidates) {
    const int shared = SharedComponents(candidate, repository);
    if (candidate == repository || shared < most) continue;
    best = candidate;
    most = shared;
  }
  return best;
}

absl::Status DeliverBlob(const Context& context, const BlobDelivery& delivery, const Descriptor& blob, bool check) {
  Span span(context, "blob");
  if (span.recorded()) span.Set("waybill.blob.digest", blob.digest.ToString());
  span.Set("waybill.blob.size", blob.size);
  return span.Close(DeliverOnce(span, delivery, blob, check));
}

}  // namespace waybill::oci::registry::push
