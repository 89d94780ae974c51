// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/watched_content.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "attest/manifest.h"
#include "attest/predicate_types.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {
namespace {

using attest::secrets::Place;
using attest::secrets::SecretScanner;

class WatchedReader final : public oci::io::Reader {
 public:
  WatchedReader(std::unique_ptr<oci::io::Reader> reader, oci::Digest statement, int64_t size, SecretPlaces& places)
      : reader_(std::move(reader)), statement_(std::move(statement)), left_(size), places_(places) {
    if (left_ == 0) End();
  }
  ~WatchedReader() override {
    if (!ended_) places_.Release(statement_);
  }
  WatchedReader(const WatchedReader&) = delete;
  WatchedReader& operator=(const WatchedReader&) = delete;

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    ABSL_ASSIGN_OR_RETURN(const size_t size, reader_->Read(buffer));
    if (ended_) return size;
    if (status_.ok()) status_ = scanner_.Feed(absl::string_view(buffer.data(), size));
    left_ -= static_cast<int64_t>(size);
    // Who knows the size may not ask for the end.
    if (size == 0 || left_ <= 0) End();
    return size;
  }

 private:
  void End() {
    if (status_.ok()) status_ = scanner_.Finish();
    places_.Add(statement_, scanner_, status_);
    ended_ = true;
  }

  const std::unique_ptr<oci::io::Reader> reader_;
  const oci::Digest statement_;
  int64_t left_;
  SecretPlaces& places_;
  SecretScanner scanner_;
  absl::Status status_;
  bool ended_ = false;
};

class WatchedSource final : public oci::io::Source {
 public:
  WatchedSource(std::unique_ptr<oci::io::Source> source, oci::Digest statement, SecretPlaces& places)
      : source_(std::move(source)), statement_(std::move(statement)), places_(places) {}
  int64_t size() const override { return source_->size(); }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override {
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, source_->Open(context, offset));
    if (offset > 0 || !places_.Claim(statement_)) return reader;
    return std::make_unique<WatchedReader>(std::move(reader), statement_, size(), places_);
  }

 private:
  const std::unique_ptr<oci::io::Source> source_;
  const oci::Digest statement_;
  SecretPlaces& places_;
};

}  // namespace

bool SecretPlaces::Claim(const oci::Digest& statement) {
  absl::MutexLock lock(&mutex_);
  return claimed_.insert(statement).second;
}

void SecretPlaces::Release(const oci::Digest& statement) {
  absl::MutexLock lock(&mutex_);
  claimed_.erase(statement);
}

void SecretPlaces::Add(const oci::Digest& statement, const SecretScanner& scanner, const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (!status.ok() && fault_.ok()) fault_ = oci::Annotate(status, absl::StrCat("statement ", statement.ToString()));
  left_out_ += scanner.left_out();
  for (const Place& place : scanner.places()) {
    if (!paths_.insert(place.path).second) continue;
    if (told_.size() < kPlacesTold) {
      told_.push_back(absl::StrCat("what looks like ", place.looks_like, " at ", place.path));
    } else {
      ++left_out_;
    }
  }
}

std::vector<std::string> SecretPlaces::Tell() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> told = told_;
  if (left_out_ > 0) told.push_back(absl::StrCat(left_out_, " more such places"));
  return told;
}

absl::Status SecretPlaces::fault() const {
  absl::MutexLock lock(&mutex_);
  return fault_;
}

bool IsWatched(const oci::Descriptor& descriptor) {
  if (descriptor.media_type != oci::image::kInToto) return false;
  const std::string type = attest::PredicateTypeOf(descriptor);
  return type.empty() || attest::IsOfType(type, "provenance");
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> WatchedContent::Fetch(const oci::Context& context,
                                                                       const oci::Descriptor& descriptor) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> source, content_.Fetch(context, descriptor));
  if (!IsWatched(descriptor)) return source;
  return std::make_unique<WatchedSource>(std::move(source), descriptor.digest, places_);
}

}  // namespace waybill::exporter::publishing
