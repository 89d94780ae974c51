// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/image_attestations/read_call.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>

#include "absl/time/time.h"
#include "attest/reader/look.h"
#include "exporter/attestations/blob.h"
#include "oci/descriptor.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::image_attestations {
namespace {

constexpr size_t kMessageBytes = 256 << 10;
// The message, and gRPC's encoded one.
constexpr int64_t kHeldBytes = 2 * static_cast<int64_t>(kMessageBytes);
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kMostTime = absl::Minutes(10);

}  // namespace

ReadCall::ReadCall(grpc::CallbackServerContext& call, const v1::ReadImageAttestationRequest& request,
                   const exporter::attestations::Lister& lister, const rpc::Workplace& workplace,
                   rpc::admission::ClientMemory& memory)
    : ServerCall(call),
      call_(call),
      request_(request),
      lister_(lister),
      client_(workplace.ClientOf(call)),
      memory_(memory) {
  if (const absl::Status begun = Begin(workplace); !begun.ok()) End(begun);
}

absl::Status ReadCall::Begin(const rpc::Workplace& workplace) {
  if (request_.offset() < 0 || request_.length() < 0) return oci::InvalidInputError("offset or length is below 0");
  ABSL_ASSIGN_OR_RETURN(place_, workplace.places.Take(client_));
  ABSL_ASSIGN_OR_RETURN(pass_, workplace.gate.Enter());
  return workplace.queue.Submit([this] { Run(); }).status();
}

void ReadCall::Run() {
  absl::Status status = Send(context().WithTimeout(kMostTime));
  if (has_enough_) status = absl::OkStatus();
  if (status.ok()) status = Flush();
  End(status);
}

absl::Status ReadCall::Send(const oci::Context& context) {
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_ASSIGN_OR_RETURN(hold_, memory_.Take(client_, kHeldBytes));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::attestations::Listing> listing,
                        lister_.List(context, request_.image(), {.look = false}));
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor blob, listing->Find(request_.digest()));
  left_ = request_.length() == 0 ? std::numeric_limits<int64_t>::max() : request_.length();
  const auto told = [&](const absl::Status& status) { return listing->Told(status); };
  if (request_.part() == v1::ReadImageAttestationRequest::PART_STATEMENT) {
    skip_ = request_.offset();
    const absl::StatusOr<attest::reader::Content> content =
        attest::reader::LookAt(context, listing->content(), blob, attest::reader::kLookBytes);
    if (!content.ok()) return told(content.status());
    return told(attest::reader::WritePart(context, listing->content(), blob, content->kind,
                                          attest::reader::Part::kStatement, *this));
  }
  if (request_.offset() > blob.size) return absl::OutOfRangeError("offset is past the end of the blob");
  if (request_.offset() == 0 && left_ >= blob.size) {
    return told(attest::reader::WritePart(context, listing->content(), blob, attest::reader::ContentKind::kUnknown,
                                          attest::reader::Part::kBlob, *this));
  }
  const int64_t length = std::min(left_, blob.size - request_.offset());
  return told(exporter::attestations::WriteRange(context, listing->content(), blob,
                                                 {.offset = request_.offset(), .length = length}, *this));
}

absl::Status ReadCall::Write(absl::string_view bytes) {
  const int64_t skipped = std::min(skip_, static_cast<int64_t>(bytes.size()));
  skip_ -= skipped;
  bytes.remove_prefix(static_cast<size_t>(skipped));
  bytes = bytes.substr(0, static_cast<size_t>(std::min(left_, static_cast<int64_t>(bytes.size()))));
  left_ -= static_cast<int64_t>(bytes.size());
  while (!bytes.empty()) {
    std::string& data = *response_.mutable_data();
    const size_t count = std::min(bytes.size(), kMessageBytes - data.size());
    data.append(bytes.data(), count);
    bytes.remove_prefix(count);
    if (data.size() == kMessageBytes) ABSL_RETURN_IF_ERROR(Flush());
  }
  if (left_ > 0) return absl::OkStatus();
  // Nobody wants the rest; Run takes this for the end.
  has_enough_ = request_.part() == v1::ReadImageAttestationRequest::PART_STATEMENT;
  return has_enough_ ? absl::OutOfRangeError("the rest is not asked for") : absl::OkStatus();
}

absl::Status ReadCall::Close() { return Flush(); }

absl::Status ReadCall::Flush() {
  if (response_.data().empty()) return absl::OkStatus();
  {
    absl::MutexLock lock(&mutex_);
    is_sending_ = true;
  }
  StartWrite(&response_);
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(this, &ReadCall::IsSent), kPatience)) {
    call_.TryCancel();
    // gRPC gives the message back soon.
    mutex_.Await(absl::Condition(this, &ReadCall::IsSent));
    return oci::MakeError(oci::Reason::kTimeout, "the client took nothing for too long");
  }
  response_.clear_data();
  return is_gone_ ? oci::MakeError(oci::Reason::kInterrupted, "the client went away") : absl::OkStatus();
}

void ReadCall::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  is_sending_ = false;
  is_gone_ = is_gone_ || !ok;
}

}  // namespace waybill::exporter::service::image_attestations
