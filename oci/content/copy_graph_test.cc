// SPDX-License-Identifier: Apache-2.0
#include "oci/content/copy_graph.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stop_token>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"

namespace waybill::oci::content {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Descriptor Add(store::MemoryStore& store, const std::string& bytes, absl::string_view media_type) {
  return {
      .media_type = std::string(media_type), .digest = store.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
}

Descriptor AddManifest(store::MemoryStore& store, const Descriptor& config, std::vector<Descriptor> layers) {
  return Add(store,
             image::ToIndentedJson(image::Manifest{
                 .media_type = std::string(image::kOciManifest), .config = config, .layers = std::move(layers)}),
             image::kOciManifest);
}

Descriptor AddIndex(store::MemoryStore& store, std::vector<Descriptor> manifests) {
  return Add(store,
             image::ToIndentedJson(
                 image::Index{.media_type = std::string(image::kOciIndex), .manifests = std::move(manifests)}),
             image::kOciIndex);
}

// Remembers the order of what arrives, and can do something on a push before it happens.
class RecordingPusher : public Pusher {
 public:
  absl::StatusOr<bool> Exists(const Context& context, const Descriptor& descriptor) override {
    return store_.Exists(context, descriptor);
  }
  absl::Status Push(const Context& context, Blob blob) override {
    const Digest digest = blob.descriptor.digest;
    if (on_push != nullptr) {
      absl::Status status = on_push(context, digest);
      if (!status.ok()) return status;
    }
    absl::Status status = store_.Push(context, std::move(blob));
    absl::MutexLock lock(&mutex_);
    if (status.ok()) order_.push_back(digest);
    return status;
  }
  std::vector<Digest> order() {
    absl::MutexLock lock(&mutex_);
    return order_;
  }
  store::MemoryStore& store() { return store_; }

  std::function<absl::Status(const Context&, const Digest&)> on_push;

 private:
  store::MemoryStore store_;
  absl::Mutex mutex_;
  std::vector<Digest> order_ ABSL_GUARDED_BY(mutex_);
};

// Fetches from a store, except for what a test replaces.
class Origin : public Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override {
    const auto found = replaced.find(descriptor.digest);
    if (found != replaced.end()) return found->second();
    return store.Fetch(context, descriptor);
  }

  store::MemoryStore store;
  std::map<Digest, std::function<absl::StatusOr<std::unique_ptr<io::Source>>()>> replaced;
};

class CopyGraphTest : public ::testing::Test {
 protected:
  CopyGraphTest()
      : config_(Add(from_.store, "{}", image::kOciConfig)),
        shared_(Add(from_.store, "shared layer", image::kOciLayerGzip)),
        own_(Add(from_.store, "own layer", image::kOciLayerGzip)),
        first_(AddManifest(from_.store, config_, {shared_})),
        second_(AddManifest(from_.store, config_, {shared_, own_})),
        root_(AddIndex(from_.store, {first_, second_})) {}

  absl::Status Copy(const CopyOptions& options = {}, const Context& context = {}) {
    return CopyGraph(context, from_, to_, root_, options);
  }
  std::string At(absl::string_view side, const Descriptor& descriptor) {
    return absl::StrCat(side, ": blob ", descriptor.digest.ToString(), ": ");
  }

  Origin from_;
  RecordingPusher to_;
  Descriptor config_;
  Descriptor shared_;
  Descriptor own_;
  Descriptor first_;
  Descriptor second_;
  Descriptor root_;
};

TEST_F(CopyGraphTest, CopiesEachBlobOnceAndManifestsAfterWhatTheyName) {
  for (const int parallel : {1, 2, 16}) {
    RecordingPusher to;
    ASSERT_EQ(CopyGraph(Context(), from_, to, root_, {.parallel = parallel}), absl::OkStatus());
    const std::vector<Digest> order = to.order();
    EXPECT_THAT(order, UnorderedElementsAre(config_.digest, shared_.digest, own_.digest, first_.digest, second_.digest,
                                            root_.digest));
    const auto place = [&](const Descriptor& d) { return std::find(order.begin(), order.end(), d.digest); };
    EXPECT_LT(place(config_), place(first_));
    EXPECT_LT(place(shared_), place(first_));
    EXPECT_LT(place(own_), place(second_));
    EXPECT_EQ(order.back(), root_.digest);
  }
}

TEST_F(CopyGraphTest, ReadsNothingWhenTheRootIsThere) {
  ASSERT_EQ(Copy(), absl::OkStatus());
  for (const Descriptor& d : {root_, first_, second_, config_, shared_, own_}) {
    from_.replaced[d.digest] = [] { return StorageError("must not be read"); };
  }
  EXPECT_EQ(Copy(), absl::OkStatus());
  EXPECT_EQ(to_.order().size(), 6u);
}

TEST_F(CopyGraphTest, ReadsOnlyWhatIsMissing) {
  to_.store().Add("shared layer");
  to_.store().Add("{}");
  from_.replaced[shared_.digest] = [] { return StorageError("must not be read"); };
  ASSERT_EQ(Copy(), absl::OkStatus());
  EXPECT_THAT(to_.order(), UnorderedElementsAre(own_.digest, first_.digest, second_.digest, root_.digest));
}

TEST_F(CopyGraphTest, LooksBelowManifestsThatAreThereUnlessTheyAreTrusted) {
  store::MemoryStore& store = to_.store();
  for (const Descriptor& d : {root_, first_, second_, config_, shared_}) {
    store.Add(*VerifiedBytes(Context(), from_.store, d, 1 << 20));
  }
  ASSERT_EQ(Copy({.trust_manifests = true}), absl::OkStatus());
  EXPECT_FALSE(*store.Exists(Context(), own_));
  ASSERT_EQ(Copy({.trust_manifests = false}), absl::OkStatus());
  EXPECT_TRUE(*store.Exists(Context(), own_));
}

TEST_F(CopyGraphTest, ASingleBlobIsAGraphToo) {
  root_ = own_;
  ASSERT_EQ(Copy(), absl::OkStatus());
  EXPECT_THAT(to_.order(), ElementsAre(own_.digest));
}

TEST_F(CopyGraphTest, SkipsNonDistributableLayersWhenAsked) {
  Descriptor foreign = own_;
  foreign.media_type = std::string(image::kOciForeignGzip);
  root_ = AddManifest(from_.store, config_, {shared_, foreign});
  ASSERT_EQ(Copy({.skip_non_distributable = true}), absl::OkStatus());
  EXPECT_THAT(to_.order(), UnorderedElementsAre(config_.digest, shared_.digest, root_.digest));
}

TEST_F(CopyGraphTest, DoesNotFollowTheSubject) {
  const Descriptor gone{.media_type = std::string(image::kOciManifest), .digest = Digest::Of("gone"), .size = 4};
  root_ =
      Add(from_.store,
          image::ToIndentedJson(image::Manifest{
              .media_type = std::string(image::kOciManifest), .config = config_, .layers = {own_}, .subject = gone}),
          image::kOciManifest);
  ASSERT_EQ(Copy(), absl::OkStatus());
  EXPECT_EQ(to_.order().size(), 3u);
}

TEST_F(CopyGraphTest, AMissingBlobIsTheSourcesFault) {
  from_.replaced[own_.digest] = [&] { return BlobNotFound(own_.digest); };
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), absl::StrCat(At("source", own_), "blob ", own_.digest.ToString(), " not found"));
}

TEST_F(CopyGraphTest, WrongBytesAreTheSourcesFault) {
  from_.replaced[own_.digest] = [] { return std::make_unique<io::StringSource>("OWN LAYER"); };
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification);
  EXPECT_EQ(status.message(), absl::StrCat("source: blob ", own_.digest.ToString(), " has the digest ",
                                           Digest::Of("OWN LAYER").ToString()));
}

TEST_F(CopyGraphTest, AWrongManifestIsRefusedBeforeItIsParsed) {
  from_.replaced[first_.digest] = [&] {
    return std::make_unique<io::StringSource>(std::string(static_cast<size_t>(first_.size), '{'));
  };
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification);
  EXPECT_THAT(std::string(status.message()), HasSubstr(At("source", first_)));
}

TEST_F(CopyGraphTest, AMalformedManifestIsNamed) {
  root_ = Add(from_.store, "{]", image::kOciManifest);
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), HasSubstr(At("source", root_)));
}

// A reader that fails after some bytes.
class CutSource : public io::Source {
 public:
  int64_t size() const override { return 9; }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context&, int64_t) const override {
    return std::make_unique<CutReader>();
  }

 private:
  class CutReader : public io::Reader {
   public:
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      if (std::exchange(read_, true)) return MakeError(Reason::kNetwork, "cable cut");
      buffer[0] = 'o';
      return 1;
    }

   private:
    bool read_ = false;
  };
};

TEST_F(CopyGraphTest, AReadThatFailsDuringThePushIsTheSourcesFault) {
  from_.replaced[own_.digest] = [] { return std::make_unique<CutSource>(); };
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kNetwork);
  EXPECT_EQ(status.message(), absl::StrCat(At("source", own_), "cable cut"));
}

TEST_F(CopyGraphTest, AFailedPushIsTheDestinationsFault) {
  to_.on_push = [&](const Context&, const Digest& digest) {
    return digest == own_.digest ? StorageError("disk full") : absl::OkStatus();
  };
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), absl::StrCat(At("destination", own_), "disk full"));
  EXPECT_THAT(to_.order(), ::testing::Not(::testing::Contains(root_.digest)));
}

TEST_F(CopyGraphTest, TheFirstFailureStopsTheOthers) {
  absl::Notification waiting;
  to_.on_push = [&](const Context& context, const Digest& digest) {
    if (digest == shared_.digest) {
      // Ends only because the other push fails.
      absl::Notification stopped;
      const std::stop_callback on_stop(context.stop_token(), [&] { stopped.Notify(); });
      waiting.Notify();
      stopped.WaitForNotification();
      return context.Check();
    }
    if (digest != own_.digest) return absl::OkStatus();
    waiting.WaitForNotification();
    return StorageError("disk full");
  };
  const absl::Status status = Copy({.parallel = 4});
  EXPECT_EQ(status.message(), absl::StrCat(At("destination", own_), "disk full"));
}

TEST_F(CopyGraphTest, CancellationReachesAPush) {
  std::stop_source stop;
  to_.on_push = [&](const Context& context, const Digest&) {
    stop.request_stop();
    return context.Check();
  };
  const absl::Status status = Copy({}, Context().WithStop(stop.get_token()));
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(ReasonOf(status), Reason::kInterrupted);
}

TEST_F(CopyGraphTest, ContradictingDescriptorsAreRefused) {
  Descriptor as_layer = first_;
  as_layer.media_type = std::string(image::kOciLayer);
  Descriptor longer = own_;
  ++longer.size;
  const std::vector<Descriptor> roots = {
      AddIndex(from_.store, {first_, AddManifest(from_.store, config_, {as_layer})}),
      AddManifest(from_.store, config_, {own_, longer}),
  };
  for (const Descriptor& root : roots) {
    RecordingPusher to;
    const absl::Status status = CopyGraph(Context(), from_, to, root, {.parallel = 1});
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("it is described in two ways that contradict each other"));
  }
}

TEST_F(CopyGraphTest, DeepNestingIsRefused) {
  for (int depth = 0; depth < 40; ++depth) root_ = AddIndex(from_.store, {root_});
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the image's manifests are nested too deeply"));
}

TEST_F(CopyGraphTest, AnOversizedManifestIsRefused) {
  root_ = Add(from_.store, std::string(image::kMaxManifestBytes + 1, ' '), image::kOciIndex);
  const absl::Status status = Copy();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), HasSubstr("exceeds 16777216 bytes"));
}

TEST_F(CopyGraphTest, TooManyBlobsAreRefused) {
  std::vector<Descriptor> manifests;
  for (int m = 0; m < 2; ++m) {
    std::string layers;
    for (int i = 0; i < 12'000; ++i) {
      absl::StrAppend(&layers, i == 0 ? "" : ",", R"({"digest":"sha256:)", absl::Hex(m * 100'000 + i, absl::kZeroPad16),
                      std::string(48, '0'), R"(","size":1,"mediaType":"x"})");
    }
    manifests.push_back(Add(
        from_.store,
        absl::StrCat(R"({"schemaVersion":2,"config":)", image::ToCompactJson(config_), R"(,"layers":[)", layers, "]}"),
        image::kOciManifest));
  }
  root_ = AddIndex(from_.store, manifests);
  const absl::Status status = Copy({.parallel = 1});
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status.message().substr(0, 300);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the image has too many manifests and blobs"));
}

class Recorder : public ProgressSink {
 public:
  void Report(const ProgressEvent& event) override {
    absl::MutexLock lock(&mutex_);
    last_.insert_or_assign(event.item, event);
  }
  std::map<std::string, ProgressEvent> last() {
    absl::MutexLock lock(&mutex_);
    return last_;
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, ProgressEvent> last_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(CopyGraphTest, TellsWhatBecameOfEachBlob) {
  to_.store().Add("shared layer");
  Recorder recorder;
  ASSERT_EQ(Copy({}, Context().WithProgress(recorder)), absl::OkStatus());
  const std::map<std::string, ProgressEvent> last = recorder.last();
  EXPECT_EQ(last.size(), 6u);
  for (const auto& [item, event] : last) {
    const bool existed = item == shared_.digest.ToString();
    EXPECT_EQ(event.state, existed ? ProgressEvent::State::kExists : ProgressEvent::State::kDone) << item;
    EXPECT_EQ(event.current, event.total) << item;
    EXPECT_GT(event.total, 0) << item;
  }
}

}  // namespace
}  // namespace waybill::oci::content
