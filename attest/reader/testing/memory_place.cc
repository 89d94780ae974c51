// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/testing/memory_place.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/document.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"

namespace waybill::attest::reader::testing {

absl::StatusOr<std::unique_ptr<oci::io::Source>> MemoryPlace::Fetch(const oci::Context& context,
                                                                    const oci::Descriptor& descriptor) {
  {
    absl::MutexLock lock(&mutex_);
    ++fetches_;
  }
  if (const auto lie = replaced_.find(descriptor.digest); lie != replaced_.end()) {
    return std::make_unique<oci::io::StringSource>(lie->second);
  }
  return store_.Fetch(context, descriptor);
}

absl::StatusOr<oci::Descriptor> MemoryPlace::Resolve(const oci::Context& context, absl::string_view name) {
  if (const absl::Status status = context.Check(); !status.ok()) return status;
  const auto found = names_.find(std::string(name));
  if (found == names_.end()) return oci::NotFoundError(absl::StrCat("there is no image ", name));
  return found->second;
}

absl::StatusOr<oci::content::ReferrerList> MemoryPlace::ListReferrers(const oci::Context& context,
                                                                      const oci::Digest& subject, size_t limit) {
  if (const absl::Status status = context.Check(); !status.ok()) return status;
  oci::content::ReferrerList list;
  const auto found = referrers_.find(subject);
  if (found == referrers_.end()) return list;
  list.referrers = found->second;
  list.is_cut = list.referrers.size() > limit;
  if (list.is_cut) list.referrers.erase(list.referrers.begin() + limit, list.referrers.end());
  return list;
}

oci::Descriptor MemoryPlace::Blob(absl::string_view media_type, std::string bytes) {
  oci::image::Document document = oci::image::MakeDocument(media_type, std::move(bytes));
  store_.Add(std::move(document.bytes));
  return document.descriptor;
}

oci::Descriptor MemoryPlace::Manifest(const oci::image::Manifest& manifest) {
  return Blob(oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
}

oci::Descriptor MemoryPlace::Index(std::vector<oci::Descriptor> manifests) {
  return Blob(oci::image::kOciIndex,
              oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                           .manifests = std::move(manifests)}));
}

oci::Descriptor MemoryPlace::Image(const std::string& architecture) {
  const oci::Descriptor config = Blob(
      oci::image::kOciConfig, absl::StrCat(R"({"architecture":")", architecture, R"(","os":"linux","rootfs":{}})"));
  oci::Descriptor image = Manifest({.media_type = std::string(oci::image::kOciManifest),
                                    .config = config,
                                    .layers = {Blob(oci::image::kOciLayerGzip, "layer of " + architecture)}});
  image.platform = oci::Platform{.architecture = architecture, .os = "linux"};
  return image;
}

oci::Descriptor MemoryPlace::Statement(const oci::Descriptor& image, const std::string& predicate_type) {
  oci::Descriptor statement =
      Blob(oci::image::kInToto,
           absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")", predicate_type,
                        R"(","subject":[{"name":"pkg:docker/app","digest":{"sha256":")", image.digest.hex(),
                        R"("}}],"predicate":{"of":")", image.digest.hex(), R"("}})"));
  statement.annotations = StatementAnnotations(predicate_type);
  return statement;
}

oci::Descriptor MemoryPlace::Attestation(AttestationForm form, const oci::Descriptor& image,
                                         const std::vector<oci::Descriptor>& statements) {
  oci::image::ManifestDocuments documents = MakeManifest(form, image, statements);
  store_.Add(std::move(documents.config.bytes));
  store_.Add(std::move(documents.manifest.bytes));
  return documents.manifest.descriptor;
}

oci::Descriptor MemoryPlace::Artifact(const oci::Descriptor& subject, const std::string& type, std::string bytes) {
  oci::Descriptor artifact = Manifest(
      {.media_type = std::string(oci::image::kOciManifest),
       .artifact_type = type,
       .config = Blob(oci::image::kOciEmpty, std::string(oci::image::kEmptyJson)),
       .layers = {Blob(type, std::move(bytes))},
       .subject = oci::Descriptor{.media_type = subject.media_type, .digest = subject.digest, .size = subject.size}});
  artifact.artifact_type = type;
  List(subject.digest, artifact);
  return artifact;
}

void MemoryPlace::List(const oci::Digest& subject, const oci::Descriptor& entry, oci::content::ReferrerPlace place) {
  referrers_[subject].push_back({.descriptor = entry, .place = place});
}

int MemoryPlace::fetches() const {
  absl::MutexLock lock(&mutex_);
  return fetches_;
}

}  // namespace waybill::attest::reader::testing
