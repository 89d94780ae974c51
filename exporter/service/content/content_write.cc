// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_write.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/content/write_offset.h"
#include "exporter/rpc/message.h"
#include "exporter/service/content/content_messages.h"
#include "exporter/service/content/lease_of_call.h"
#include "oci/descriptor.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {

namespace api = ::containerd::services::content::v1;

namespace {
// What containerd takes by default; clients send about 1 MiB.
constexpr int64_t kMaxRequestBytes = 16 << 20;
}  // namespace

WriteCall::WriteCall(grpc::CallbackServerContext& call, store::ServiceStore& store, const rpc::Workplace& workplace,
                     rpc::admission::ClientMemory& memory)
    : ServerCall(call),
      store_(store),
      memory_(memory),
      workplace_(workplace),
      client_(workplace.ClientOf(call)),
      lease_(LeaseOf(call)) {
  absl::StatusOr<rpc::admission::ClientPlaces::Place> place = workplace.places.Take(client_);
  if (!place.ok()) {
    Close(place.status());
    return;
  }
  place_ = *std::move(place);
  StartRead(&message_);
}

void WriteCall::OnReadDone(bool ok) {
  // The client has closed its side, or has gone; what is not committed stays for the next call.
  if (!ok) return Close(absl::OkStatus());
  if (const absl::Status accepted = Accept(); !accepted.ok()) Close(accepted);
}

absl::Status WriteCall::Accept() {
  const int64_t size = static_cast<int64_t>(message_.Length());
  if (size > kMaxRequestBytes) {
    return absl::ResourceExhaustedError(absl::StrCat("a write of ", size, " bytes, more than ", kMaxRequestBytes));
  }
  const int64_t fields = rpc::CountFields(message_, *api::WriteContentRequest::descriptor());
  if (fields < 0) return oci::InvalidInputError("not a write request");
  // As it came. As it is read it takes as much again, but only those writes that have a worker are read.
  ABSL_ASSIGN_OR_RETURN(hold_, memory_.Take(client_, size + fields * rpc::kBytesPerField));
  ABSL_ASSIGN_OR_RETURN(pass_, workplace_.gate.Enter());
  if (ref_.empty()) return workplace_.queue.Submit([this] { Answer(); }).status();
  workplace_.queue.Continue([this] { Answer(); });
  return absl::OkStatus();
}

void WriteCall::OnWriteDone(bool ok) {
  if (!ok) return Close(oci::MakeError(oci::Reason::kInterrupted, "the client went away"));
  pass_ = nullptr;
  StartRead(&message_);
}

void WriteCall::Close(const absl::Status& status) {
  // Before the client can learn of the end, so that it can go on with the reference at once.
  ingest_.reset();
  hold_.Release();
  End(status);
}

void WriteCall::Answer() {
  response_.Clear();
  const absl::Status applied = Apply();
  // Clear would keep the memory.
  request_ = api::WriteContentRequest();
  hold_.Release();
  if (!applied.ok()) return Close(applied);
  message_ = rpc::Encode(response_);
  // As containerd: the call ends with its blob.
  if (ingest_ == nullptr) return StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
  StartWrite(&message_);
}

absl::Status WriteCall::Apply() {
  const bool is_request = rpc::Decode(message_, request_);
  message_.Clear();
  if (!is_request) return oci::InvalidInputError("not a write request");
  ABSL_RETURN_IF_ERROR(context().Check());
  ABSL_RETURN_IF_ERROR(Learn());
  if (ref_.empty()) ABSL_RETURN_IF_ERROR(Begin());
  response_.set_action(request_.action());
  switch (request_.action()) {
    case api::STAT:
      *response_.mutable_started_at() = ToProto(ingest_->status().started_at);
      *response_.mutable_updated_at() = ToProto(ingest_->status().updated_at);
      response_.set_total(expected_.size.value_or(0));
      break;
    case api::WRITE:
      ABSL_RETURN_IF_ERROR(Write());
      break;
    case api::COMMIT:
      ABSL_RETURN_IF_ERROR(Write());
      return Commit();
    default:
      return oci::InvalidInputError(
          absl::StrCat("ref ", ref_, ": unknown action ", static_cast<int>(request_.action())));
  }
  response_.set_offset(ingest_->status().offset);
  response_.set_digest(ingest_->digest().ToString());
  return absl::OkStatus();
}

absl::Status WriteCall::Learn() {
  if (request_.total() < 0) return oci::InvalidInputError(absl::StrCat("total ", request_.total(), " is negative"));
  if (request_.total() > 0) expected_.size = request_.total();
  if (request_.expected().empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(expected_.digest, oci::Digest::Parse(request_.expected()));
  store_.keeper.Use(*expected_.digest);  // the client will not bring it again
  const absl::Status known = store_.catalog.Info(*expected_.digest).status();
  if (absl::IsNotFound(known)) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(known);
  if (ingest_ != nullptr) ABSL_RETURN_IF_ERROR(store_.ingests.Abort(ref_));
  ABSL_RETURN_IF_ERROR(Hold(*expected_.digest));
  return oci::MakeError(oci::Reason::kConflict, absl::StrCat("content ", request_.expected(), ": already exists"));
}

absl::Status WriteCall::Begin() {
  if (request_.ref().empty()) return oci::InvalidInputError("first message must have a reference");
  if (!lease_.empty()) ABSL_RETURN_IF_ERROR(store_.leases.Check(lease_));
  ABSL_ASSIGN_OR_RETURN(ingest_, store_.ingests.Open(context(), request_.ref(), expected_, client_));
  ref_ = request_.ref();
  const oci::content::Expected& before = ingest_->status().expected;
  if (!expected_.size.has_value()) expected_.size = before.size;
  if (!expected_.digest.has_value()) expected_.digest = before.digest;
  const int64_t offset = ingest_->status().offset;
  const absl::Status fits = store_.keeper.Prepare(client_, expected_.size.value_or(offset) - offset);
  if (!fits.ok() && offset == 0) ABSL_RETURN_IF_ERROR(store_.ingests.Abort(ref_));
  return fits;
}

absl::Status WriteCall::Hold(const oci::Digest& digest) {
  if (lease_.empty()) return absl::OkStatus();
  return store_.leases.Add(lease_, {.type = "content", .id = digest.ToString()});
}

absl::Status WriteCall::Write() {
  ABSL_ASSIGN_OR_RETURN(const bool starts_over, rpc::content::StartsOver(request_.offset(), ingest_->status().offset));
  if (starts_over) ABSL_RETURN_IF_ERROR(ingest_->Restart());
  return ingest_->Write(request_.data());
}

absl::Status WriteCall::Commit() {
  ABSL_RETURN_IF_ERROR(CheckLabels(request_.labels()));
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor blob, ingest_->Commit(context(), expected_));
  ingest_.reset();
  ABSL_RETURN_IF_ERROR(Hold(blob.digest));
  if (!request_.labels().empty()) {
    const auto set = [&](store::Labels& labels) { labels.insert(request_.labels().begin(), request_.labels().end()); };
    ABSL_RETURN_IF_ERROR(store_.catalog.UpdateLabels(blob.digest, set).status());
  }
  response_.set_offset(blob.size);
  response_.set_total(expected_.size.value_or(0));
  response_.set_digest(blob.digest.ToString());
  return absl::OkStatus();
}

}  // namespace waybill::exporter::service::content
