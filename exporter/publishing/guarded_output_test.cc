// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/guarded_output.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "attest/manifest.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "exporter/publishing/published_output.h"
#include "gtest/gtest.h"
#include "oci/content/copy_graph.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/progress.h"

namespace waybill::exporter::publishing {
namespace {

using oci::content::store::MemoryStore;

constexpr char kProvenance[] = "https://slsa.dev/provenance/v1";
constexpr char kPath[] = R"(predicate.buildDefinition.externalParameters.request.args["build-arg:NPM_TOKEN"])";
constexpr char kValue[] = "hunter2canary";

class Warnings final : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    absl::MutexLock lock(&mutex_);
    if (event.state == oci::ProgressEvent::State::kWarning) all_.push_back(event.detail);
  }
  std::vector<std::string> Take() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(all_, {});
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> all_;
};

// Takes the image, as an archive does; what is in the store already is not asked for.
class StoreOutput final : public Output {
 public:
  explicit StoreOutput(MemoryStore& store) : store_(store) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    const absl::Status copied = oci::content::CopyGraph(context, image.content, store_, image.root, {});
    if (!copied.ok()) return copied;
    return answers::Delivery{};
  }

 private:
  MemoryStore& store_;
};

class GuardedOutputTest : public ::testing::Test {
 protected:
  static std::string StatementOf(absl::string_view args, absl::string_view architecture) {
    return absl::StrCat(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":")", kProvenance,
                        R"(","subject":[{"name":")", architecture,
                        R"("}],"predicate":{"buildDefinition":{"externalParameters":{"request":{"args":{)", args,
                        "}}}}}}");
  }
  // An image of that platform whose provenance has the arguments; its entries in an index.
  std::vector<oci::Descriptor> Add(const std::string& architecture, absl::string_view args) {
    const oci::Descriptor image = AddImage(place_, architecture);
    statement_ = place_.Add(oci::image::kInToto, StatementOf(args, architecture));
    statement_->annotations = attest::StatementAnnotations(kProvenance);
    return {image, AddAttestation(place_, attest::AttestationForm::kArtifact, image, {*statement_})};
  }

  absl::Status Deliver(const oci::Descriptor& root, const std::string& guard) {
    const auto options = request::ExportOptions::FromRequest(
        {.type = "oci", .attributes = {{"secret-guard", guard}}, .compatibility_version = 0});
    EXPECT_TRUE(options.ok()) << options.status();
    absl::StatusOr<std::unique_ptr<Output>> output =
        WithPublishing(std::make_unique<StoreOutput>(store_), *options, {.keys = nullptr, .scratch_directory = ""});
    EXPECT_TRUE(output.ok()) << output.status();
    return (*output)
        ->Deliver(oci::Context().WithProgress(warnings_), {.root = root, .names = {}, .content = place_}, *options)
        .status();
  }

  const std::string secret_ = absl::StrCat(R"("build-arg:NPM_TOKEN":")", kValue, R"(")");
  attest::reader::testing::MemoryPlace place_;
  MemoryStore store_;
  Warnings warnings_;
  std::optional<oci::Descriptor> statement_;
};

TEST_F(GuardedOutputTest, APlaceIsToldOnceAndNothingIsChanged) {
  std::vector<oci::Descriptor> entries = Add("amd64", secret_);
  const std::vector<oci::Descriptor> others = Add("arm64", secret_);
  entries.insert(entries.end(), others.begin(), others.end());
  const oci::Descriptor root = AddIndex(place_, entries);
  ASSERT_EQ(Deliver(root, "off"), absl::OkStatus());
  EXPECT_TRUE(warnings_.Take().empty());
  const int fetches = place_.fetches();
  const size_t blobs = store_.blob_count();

  MemoryStore again;
  const auto options =
      request::ExportOptions::FromRequest({.type = "oci", .attributes = {}, .compatibility_version = 0});
  ASSERT_TRUE(options.ok());
  ASSERT_EQ(options->secret_guard, request::SecretGuard::kWarn);
  const absl::Status status =
      WithSecretWarnings(std::make_unique<StoreOutput>(again))
          ->Deliver(oci::Context().WithProgress(warnings_), {.root = root, .names = {}, .content = place_}, *options)
          .status();
  ASSERT_EQ(status, absl::OkStatus());
  EXPECT_EQ(
      warnings_.Take(),
      (std::vector<std::string>{absl::StrCat("provenance has what looks like a secret, by its name at ", kPath)}));
  // Nothing was read that is not read without the guard.
  EXPECT_EQ(place_.fetches(), 2 * fetches);
  EXPECT_EQ(again.blob_count(), blobs);
}

TEST_F(GuardedOutputTest, StatementsThatAreNotAskedForAreNotRead) {
  const oci::Descriptor root = AddIndex(place_, Add("amd64", secret_));
  ASSERT_EQ(Deliver(root, "warn"), absl::OkStatus());
  EXPECT_EQ(warnings_.Take().size(), 1u);
  const int fetches = place_.fetches();
  ASSERT_EQ(Deliver(root, "warn"), absl::OkStatus());
  EXPECT_TRUE(warnings_.Take().empty());
  EXPECT_EQ(place_.fetches(), fetches);
}

TEST_F(GuardedOutputTest, NothingIsDeliveredWithSecrets) {
  const oci::Descriptor root = AddIndex(place_, Add("amd64", secret_));
  const absl::Status status = Deliver(root, "fail");
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification) << status;
  EXPECT_EQ(status.message(),
            absl::StrCat("exporter option \"secret-guard\": provenance has what looks like a secret, by its name at ",
                         kPath));
  EXPECT_FALSE(absl::StrContains(status.ToString(), kValue));
  EXPECT_EQ(store_.blob_count(), 0u);
}

TEST_F(GuardedOutputTest, AttestationsOutsideTheIndexAreRead) {
  const std::vector<oci::Descriptor> entries = Add("amd64", secret_);
  const oci::Descriptor root = AddIndex(place_, {entries[0]});
  const auto options =
      request::ExportOptions::FromRequest({.type = "oci", .attributes = {}, .compatibility_version = 0});
  ASSERT_TRUE(options.ok());
  const absl::Status status =
      RefusingSecrets(std::make_unique<StoreOutput>(store_))
          ->Deliver(oci::Context(), {.root = root, .referrers = {entries[1]}, .names = {}, .content = place_}, *options)
          .status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification) << status;
}

TEST_F(GuardedOutputTest, WithoutSecretsAllIsDelivered) {
  const oci::Descriptor root = AddIndex(place_, Add("amd64", R"("build-arg:NPM_TOKEN":"***","build-arg:V":"1")"));
  ASSERT_EQ(Deliver(root, "fail"), absl::OkStatus());
  EXPECT_GT(store_.blob_count(), 0u);
  EXPECT_EQ(Deliver(AddImage(place_, "arm64"), "fail"), absl::OkStatus());
  EXPECT_TRUE(warnings_.Take().empty());
}

TEST_F(GuardedOutputTest, ProvenanceThatCannotBeReadIsNotDelivered) {
  const oci::Descriptor root = AddIndex(place_, Add("amd64", secret_));
  place_.Replace(statement_->digest, "{]");
  EXPECT_FALSE(Deliver(root, "fail").ok());
  EXPECT_EQ(store_.blob_count(), 0u);
}

TEST_F(GuardedOutputTest, ManyPlacesAreCounted) {
  std::string args = secret_;
  for (int i = 0; i < 30; ++i) absl::StrAppend(&args, ",\"build-arg:TOKEN_", i, "\":\"", kValue, "\"");
  ASSERT_EQ(Deliver(AddIndex(place_, Add("amd64", args)), "warn"), absl::OkStatus());
  const std::vector<std::string> told = warnings_.Take();
  ASSERT_EQ(told.size(), 21u);
  EXPECT_EQ(told.back(), "provenance has 11 more such places");
  for (const std::string& warning : told) EXPECT_FALSE(absl::StrContains(warning, kValue));
}

}  // namespace
}  // namespace waybill::exporter::publishing
