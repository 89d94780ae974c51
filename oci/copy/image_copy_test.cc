// SPDX-License-Identifier: Apache-2.0
#include "oci/copy/image_copy.h"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/copy/tagged_images.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/places/open_publisher.h"
#include "oci/registry/server/behavior/fault_text.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::copy {
namespace {

using registry::server::behavior::Behavior;
using registry::server::wire::RequestClass;
using registry::testing::MakeSampleImage;
using registry::testing::SampleImage;

// The registry has "app:1", attested, with a signature on an attestation manifest, one on that signature, and a tag of
// cosign's for one platform.
class ImageCopyTest : public registry::testing::RegistryFixture {
 protected:
  void StartWithImage(const Behavior& behavior = {}) {
    Start(behavior);
    sample_ = MakeSampleImage({.platforms = 2, .attested = true});
    signature_ = AddArtifact(sample_.referrers[0]);
    countersignature_ = AddArtifact(*signature_);
    companion_ = {.manifest = AddArtifact(std::nullopt),
                  .tag = absl::StrCat(image::ReferrersTag(sample_.images[0].digest), ".att")};
    const auto name = places::ParseDestinationName(absl::StrCat(registry().host(), "/app"));
    const auto publisher = places::OpenPublisher(context(), *name, {}, [this] { return &client(); });
    ASSERT_TRUE(publisher.ok()) << publisher.status();
    const auto published = (*publisher)
                               ->Publish(context(), {.root = sample_.root,
                                                     .tags = {"1"},
                                                     .referrers = {*signature_, *countersignature_},
                                                     .companions = {*companion_},
                                                     .content = *sample_.store});
    ASSERT_TRUE(published.ok()) << published.status();
    registry().log().Clear();
  }

  Descriptor AddArtifact(std::optional<Descriptor> subject) {
    const std::string config(image::kEmptyJson);
    const Descriptor empty{.media_type = std::string(image::kOciEmpty),
                           .digest = sample_.store->Add(config),
                           .size = static_cast<int64_t>(config.size())};
    const std::string bytes = image::ToIndentedJson(image::Manifest{.media_type = std::string(image::kOciManifest),
                                                                    .artifact_type = "application/x-signature",
                                                                    .config = empty,
                                                                    .layers = {empty},
                                                                    .subject = std::move(subject)});
    return {.media_type = std::string(image::kOciManifest),
            .digest = sample_.store->Add(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }

  absl::StatusOr<Copied> CopyTo(const std::string& from, const std::string& to, CollectOptions options = {},
                                const std::vector<std::string>& tags = {"1"}, const Context* stoppable = nullptr) {
    const Context& with = stoppable == nullptr ? context() : *stoppable;
    const auto source_name = places::ParseImageName(from);
    if (!source_name.ok()) return source_name.status();
    const auto name = places::ParseDestinationName(to);
    if (!name.ok()) return name.status();
    const auto client_of = [this] { return &client(); };
    const auto source = places::OpenImage(with, *source_name, client_of);
    if (!source.ok()) return source.status();
    const auto publisher =
        places::OpenPublisher(with, *name, {.mount_from = places::MountsFrom(*source_name, *name)}, client_of);
    if (!publisher.ok()) return publisher.status();
    ImageCopy copy(**source, **publisher, std::move(options));
    const auto root = (*source)->names().Resolve(with, (*source)->name());
    if (!root.ok()) return root.status();
    absl::StatusOr<Copied> copied = copy.Copy(with, *root, tags);
    if (!copied.ok()) return copied;
    if (absl::Status finished = copy.Finish(with); !finished.ok()) return finished;
    return copied;
  }

  std::string App() { return absl::StrCat(registry().host(), "/app:1"); }
  std::string To(const std::string& repository) { return absl::StrCat(registry().host(), "/", repository); }
  bool Has(const std::string& repository, const Descriptor& manifest) {
    return registry().contents().HasManifest(repository, manifest.digest);
  }

  SampleImage sample_;
  std::optional<Descriptor> signature_, countersignature_;
  std::optional<places::Companion> companion_;
};

TEST_F(ImageCopyTest, EverythingWithoutADownloadWithinOneRegistry) {
  StartWithImage();
  const auto copied = CopyTo(App(), To("copy"), {}, {"1", "2"});
  ASSERT_TRUE(copied.ok()) << copied.status();
  EXPECT_EQ(copied->collection.referrers.size(), 2u);
  EXPECT_EQ(copied->collection.companions.size(), 1u);
  EXPECT_TRUE(copied->collection.left_behind.empty());
  ExpectComplete(sample_, "copy");
  EXPECT_TRUE(Has("copy", *signature_) && Has("copy", *countersignature_));
  EXPECT_EQ(registry().contents().Tagged("copy", "1"), sample_.root.digest);
  EXPECT_EQ(registry().contents().Tagged("copy", "2"), sample_.root.digest);
  EXPECT_EQ(registry().contents().Tagged("copy", companion_->tag), companion_->manifest.digest);
  EXPECT_EQ(registry().log().Count(RequestClass::kBlobGet), 0) << registry().log().ToString();
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestGet), 1 + 4 + 2 + 1) << "each manifest once\n"
                                                                               << registry().log().ToString();
}

TEST_F(ImageCopyTest, ByWayOfFilesAndARegistryWithoutTheApi) {
  Behavior behavior;
  behavior.referrers.api = registry::server::behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = registry::server::behavior::SubjectHeader::kOmitted;
  StartWithImage(behavior);
  const std::string directory = file::testing::NewTempDir();
  const std::vector<std::string> places = {App(), absl::StrCat("oci:", directory, "/layout:1"),
                                           absl::StrCat("oci-archive:", directory, "/image.tar:1"), To("copy") + ":1"};
  for (size_t i = 1; i < places.size(); ++i) {
    const auto copied = CopyTo(places[i - 1], places[i]);
    ASSERT_TRUE(copied.ok()) << places[i] << ": " << copied.status();
    EXPECT_EQ(copied->collection.referrers.size(), 2u) << places[i];
    EXPECT_EQ(copied->collection.companions.size(), 1u) << places[i];
    EXPECT_TRUE(copied->collection.left_behind.empty()) << places[i];
  }
  ExpectComplete(sample_, "copy");
  EXPECT_TRUE(Has("copy", *signature_) && Has("copy", *countersignature_));
  // The image, cosign's tag, and a list for both images, the attestation and the signature.
  EXPECT_EQ(registry().contents().Tags("copy"), registry().contents().Tags("app"));
  EXPECT_EQ(registry().contents().Tags("copy").size(), 6u);
}

// The tag of cosign's goes first, and shares its blob with the signatures.
TEST_F(ImageCopyTest, NothingIsAskedForOrSentTwice) {
  StartWithImage();
  const std::string layout = absl::StrCat("oci:", file::testing::NewTempDir(), "/layout:1");
  ASSERT_TRUE(CopyTo(App(), layout).ok());
  // The index, two images, two attestation manifests, which the index and the images list, two signatures, cosign's.
  EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 8) << registry().log().ToString();
  const std::string empty(Digest::Of(image::kEmptyJson).hex());
  EXPECT_EQ(registry().log().ToString().find(empty), std::string::npos) << "everybody knows it";
  registry().log().Clear();
  ASSERT_TRUE(CopyTo(layout, To("copy")).ok());
  int sent = 0;
  for (const registry::server::wire::LoggedRequest& request : registry().log().All()) {
    if (request.request_class == RequestClass::kUploadSingle && absl::StrContains(request.target, empty)) ++sent;
  }
  EXPECT_EQ(sent, 1) << registry().log().ToString();
  ExpectComplete(sample_, "copy");
  EXPECT_TRUE(Has("copy", *signature_) && Has("copy", companion_->manifest));
}

TEST_F(ImageCopyTest, FollowingLess) {
  StartWithImage();
  const auto direct = CopyTo(App(), To("direct"), {.follow = Follow::kDirect});
  ASSERT_TRUE(direct.ok()) << direct.status();
  EXPECT_TRUE(Has("direct", *signature_)) << "the index lists what it refers to";
  EXPECT_FALSE(Has("direct", *countersignature_));
  const auto none = CopyTo(App(), To("none"), {.follow = Follow::kNone});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(Has("none", *signature_));
  ExpectComplete(sample_, "none");
  EXPECT_EQ(registry().contents().Tags("none"), std::vector<std::string>{"1"});
}

TEST_F(ImageCopyTest, OnePlatformWithItsAttestation) {
  StartWithImage();
  const auto copied = CopyTo(App(), To("one"), {.platform = Platform{.architecture = "arch0", .os = "linux"}});
  ASSERT_TRUE(copied.ok()) << copied.status();
  EXPECT_EQ(copied->collection.root.digest, sample_.images[0].digest);
  EXPECT_EQ(copied->collection.referrers.size(), 3u);
  EXPECT_TRUE(Has("one", sample_.referrers[0]) && Has("one", *countersignature_));
  EXPECT_FALSE(Has("one", sample_.images[1]) || Has("one", sample_.root));
  EXPECT_EQ(registry().contents().Referrers("one", sample_.images[0].digest).size(), 1u);
  const absl::Status other = CopyTo(App(), To("one"), {.platform = Platform{.architecture = "x", .os = "y"}}).status();
  EXPECT_EQ(ReasonOf(other), Reason::kNotFound) << other;
}

TEST_F(ImageCopyTest, EveryTag) {
  StartWithImage();
  const SampleImage other = MakeSampleImage({.seed = "other"});
  ASSERT_TRUE(PushSample(other, {"2", "3"}).ok());
  const auto name = places::ParseImageName(App());
  const auto source = places::OpenImage(context(), *name, [this] { return &client(); });
  ASSERT_TRUE(source.ok()) << source.status();
  const auto images = ListImages(context(), **source, 10);
  ASSERT_TRUE(images.ok()) << images.status();
  ASSERT_EQ(images->size(), 2u);
  EXPECT_EQ((*images)[0].tags, std::vector<std::string>{"1"});
  EXPECT_EQ((*images)[1].tags, (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ((*images)[1].root.digest, other.root.digest);
  EXPECT_EQ(ReasonOf(ListImages(context(), **source, 3).status()), Reason::kInvalidInput);
}

TEST_F(ImageCopyTest, ATagThatDoesNotResolveIsToldBesideTheOthers) {
  StartWithImage();
  ASSERT_TRUE(PushSample(MakeSampleImage({.seed = "other"}), {"2"}).ok());
  Behavior behavior;
  behavior.faults.push_back(*registry::server::behavior::ParseFault("status=403@manifest-get,path=/manifests/1"));
  registry().SetBehavior(behavior);
  const auto name = places::ParseImageName(App());
  const auto source = places::OpenImage(context(), *name, [this] { return &client(); });
  ASSERT_TRUE(source.ok()) << source.status();
  const auto found = FindImages(context(), **source, 10);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->images.size(), 1u);
  EXPECT_EQ(found->images[0].tags, std::vector<std::string>{"2"});
  ASSERT_EQ(found->lost.size(), 1u);
  EXPECT_EQ(found->lost[0].tag, "1");
  EXPECT_EQ(ListImages(context(), **source, 10).status(), found->lost[0].status);
}

TEST_F(ImageCopyTest, WhatIsBeyondTheLimitsIsNotCopiedInPart) {
  StartWithImage();
  const absl::Status status = CopyTo(App(), To("copy"), {.limits = {.manifests = 6}}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status;
  EXPECT_FALSE(CopyTo(App(), To("copy"), {.limits = {.depth = 2}}).ok());
  EXPECT_FALSE(Has("copy", sample_.images[0]));
}

TEST_F(ImageCopyTest, ACopyThatFailsMovesNoTag) {
  StartWithImage();
  Behavior refusing;
  refusing.manifests.refuse_subject = true;
  registry().SetBehavior(refusing);
  const absl::Status status = CopyTo(App(), To("copy")).status();
  EXPECT_EQ(ReasonOf(status), Reason::kRefused) << status;
  EXPECT_FALSE(registry().contents().Tagged("copy", "1").has_value());
}

// Stops the work as soon as a blob has arrived.
class StoppingProgress final : public ProgressSink {
 public:
  void Report(const ProgressEvent& event) override {
    using State = ProgressEvent::State;
    if (event.state == State::kDone || event.state == State::kMounted) stop.request_stop();
  }
  std::stop_source stop;
};

TEST_F(ImageCopyTest, ACopyThatIsCancelledLeavesNothing) {
  StartWithImage();
  const std::string directory = file::testing::NewTempDir();
  for (const std::string& place : {"oci:" + directory + "/layout", "oci-archive:" + directory + "/image.tar"}) {
    StoppingProgress progress;
    const Context stoppable = context().WithProgress(progress).WithStop(progress.stop.get_token());
    const absl::Status status = CopyTo(App(), place, {}, {"1"}, &stoppable).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInterrupted) << status;
    EXPECT_TRUE(file::testing::FilesUnder(directory).empty()) << place;
  }
  StoppingProgress progress;
  const Context stoppable = context().WithProgress(progress).WithStop(progress.stop.get_token());
  EXPECT_FALSE(CopyTo(App(), To("copy"), {}, {"1"}, &stoppable).ok());
  EXPECT_FALSE(registry().contents().Tagged("copy", "1").has_value());
}

}  // namespace
}  // namespace waybill::oci::copy
