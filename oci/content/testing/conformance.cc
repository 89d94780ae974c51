// SPDX-License-Identifier: Apache-2.0
#include "oci/content/testing/conformance.h"

#include <algorithm>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"

namespace waybill::oci::content::testing {
namespace {

using file::testing::RandomBytes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Digests by sha256sum and sha512sum.
constexpr absl::string_view kEmptySha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr absl::string_view kHelloSha256 = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr absl::string_view kHelloSha512 =
    "sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c466347"
    "5c2e5c3adef46f73bcdec043";
constexpr absl::string_view kLayer = image::kOciLayer;

Descriptor Describe(absl::string_view digest, int64_t size, absl::string_view media_type = kLayer) {
  return {.media_type = std::string(media_type), .digest = *Digest::Parse(digest), .size = size};
}

Descriptor DescriptorOf(const std::string& bytes) {
  return {.media_type = std::string(kLayer), .digest = Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
}

Blob BlobOf(const Descriptor& descriptor, std::string bytes) {
  return {.descriptor = descriptor, .source = std::make_unique<io::StringSource>(std::move(bytes))};
}

// Gives small pieces and does something before a certain one.
class SteppedSource : public io::Source {
 public:
  using Step = std::function<absl::Status(int read)>;
  SteppedSource(std::string bytes, size_t piece, Step step)
      : bytes_(std::move(bytes)), piece_(piece), step_(std::move(step)) {}

  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context&, int64_t offset) const override {
    return std::make_unique<Reader>(*this, static_cast<size_t>(offset));
  }

 private:
  class Reader : public io::Reader {
   public:
    Reader(const SteppedSource& source, size_t offset) : source_(source), offset_(offset) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      absl::Status status = source_.step_(reads_++);
      if (!status.ok()) return status;
      const absl::string_view piece =
          absl::string_view(source_.bytes_).substr(offset_, std::min(buffer.size(), source_.piece_));
      std::copy(piece.begin(), piece.end(), buffer.begin());
      offset_ += piece.size();
      return piece.size();
    }

   private:
    const SteppedSource& source_;
    size_t offset_;
    int reads_ = 0;
  };

  const std::string bytes_;
  const size_t piece_;
  const Step step_;
};

std::string FetchAll(Fetcher& fetcher, const Descriptor& descriptor, int64_t offset = 0) {
  const Context context;
  const absl::StatusOr<std::unique_ptr<io::Source>> source = fetcher.Fetch(context, descriptor);
  if (!source.ok()) return source.status().ToString();
  const absl::StatusOr<std::unique_ptr<io::Reader>> reader = (*source)->Open(context, offset);
  if (!reader.ok()) return reader.status().ToString();
  const absl::StatusOr<std::string> bytes = io::ReadAll(context, **reader, 1 << 30);
  return bytes.ok() ? *bytes : bytes.status().ToString();
}

bool Has(Pusher& pusher, const Descriptor& descriptor) {
  const absl::StatusOr<bool> exists = pusher.Exists(Context(), descriptor);
  EXPECT_TRUE(exists.ok()) << exists.status();
  return exists.ok() && *exists;
}

}  // namespace

absl::Status ConformanceTest::Deliver(const Context& context, Blob blob) {
  absl::Status status = implementation_.pusher->Push(context, std::move(blob));
  if (status.ok() && implementation_.finish != nullptr) status = implementation_.finish(context);
  return status;
}

TEST_P(ConformanceTest, GivesWhatItTook) {
  const Descriptor descriptor = Describe(kHelloSha256, 5);
  EXPECT_FALSE(Has(*implementation_.pusher, descriptor));
  ASSERT_EQ(implementation_.pusher->Push(Context(), BlobOf(descriptor, "hello")), absl::OkStatus());
  EXPECT_TRUE(Has(*implementation_.pusher, descriptor));
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor), "hello");
}

TEST_P(ConformanceTest, OpensAtAnOffset) {
  const Descriptor descriptor = Describe(kHelloSha256, 5);
  ASSERT_EQ(implementation_.pusher->Push(Context(), BlobOf(descriptor, "hello")), absl::OkStatus());
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor, 3), "lo");
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor, 5), "");
}

TEST_P(ConformanceTest, TakesAZeroByteBlob) {
  const Descriptor descriptor = Describe(kEmptySha256, 0);
  ASSERT_EQ(Deliver(Context(), BlobOf(descriptor, "")), absl::OkStatus());
  EXPECT_TRUE(Has(*implementation_.pusher, descriptor));
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor), "");
}

TEST_P(ConformanceTest, TakesABlobOfManyChunks) {
  const std::string bytes = RandomBytes((9 << 20) + 7, 1);
  const Descriptor descriptor = DescriptorOf(bytes);
  ASSERT_EQ(Deliver(Context(), BlobOf(descriptor, bytes)), absl::OkStatus());
  EXPECT_EQ(Digest::Of(FetchAll(*implementation_.fetcher, descriptor)), descriptor.digest);
}

TEST_P(ConformanceTest, TakesSha512) {
  const Descriptor descriptor = Describe(kHelloSha512, 5);
  ASSERT_EQ(Deliver(Context(), BlobOf(descriptor, "hello")), absl::OkStatus());
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor), "hello");
}

TEST_P(ConformanceTest, TakesAManifest) {
  const std::string bytes =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";
  Descriptor descriptor = DescriptorOf(bytes);
  descriptor.media_type = std::string(image::kOciIndex);
  ASSERT_EQ(Deliver(Context(), BlobOf(descriptor, bytes)), absl::OkStatus());
  EXPECT_TRUE(Has(*implementation_.pusher, descriptor));
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor), bytes);
}

TEST_P(ConformanceTest, UnknownBlobIsNotFoundByDigest) {
  const absl::Status status = implementation_.fetcher->Fetch(Context(), Describe(kHelloSha256, 5)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloSha256)));
}

TEST_P(ConformanceTest, FetchChecksTheSizeUnlessUnknown) {
  ASSERT_EQ(implementation_.pusher->Push(Context(), BlobOf(Describe(kHelloSha256, 5), "hello")), absl::OkStatus());
  const absl::Status status = implementation_.fetcher->Fetch(Context(), Describe(kHelloSha256, 6)).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloSha256)));
  const absl::StatusOr<std::unique_ptr<io::Source>> source =
      implementation_.fetcher->Fetch(Context(), Describe(kHelloSha256, -1));
  ASSERT_EQ(source.status(), absl::OkStatus());
  EXPECT_EQ((*source)->size(), 5);
}

TEST_P(ConformanceTest, RefusesBytesWithAnotherDigest) {
  const absl::Status status = Deliver(Context(), BlobOf(Describe(kHelloSha256, 5), "jello"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), Reason::kVerification);
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloSha256)));
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

TEST_P(ConformanceTest, RefusesTooManyBytes) {
  const absl::Status status = Deliver(Context(), BlobOf(Describe(kHelloSha256, 4), "hello"));
  EXPECT_EQ(ReasonOf(status), Reason::kVerification) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloSha256)));
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

TEST_P(ConformanceTest, RefusesTooFewBytes) {
  const absl::Status status = Deliver(Context(), BlobOf(Describe(kHelloSha256, 6), "hello"));
  EXPECT_EQ(ReasonOf(status), Reason::kVerification) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloSha256)));
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

TEST_P(ConformanceTest, TakesTheSameBlobTwice) {
  const Descriptor descriptor = Describe(kHelloSha256, 5);
  ASSERT_EQ(implementation_.pusher->Push(Context(), BlobOf(descriptor, "hello")), absl::OkStatus());
  ASSERT_EQ(Deliver(Context(), BlobOf(descriptor, "hello")), absl::OkStatus());
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor), "hello");
}

TEST_P(ConformanceTest, TakesTheSameBlobFromSeveralThreads) {
  const std::string bytes = RandomBytes(600'000, 2);
  const Descriptor descriptor = DescriptorOf(bytes);
  std::vector<absl::Status> statuses(6);
  {
    std::vector<std::jthread> threads;
    for (absl::Status& status : statuses) {
      threads.emplace_back([&] { status = implementation_.pusher->Push(Context(), BlobOf(descriptor, bytes)); });
    }
  }
  for (const absl::Status& status : statuses) EXPECT_EQ(status, absl::OkStatus());
  EXPECT_EQ(FetchAll(*implementation_.fetcher, descriptor), bytes);
}

TEST_P(ConformanceTest, AFailingSourceFailsThePush) {
  const std::string bytes = RandomBytes(100'000, 3);
  auto source = std::make_unique<SteppedSource>(
      bytes, 10'000, [](int read) { return read == 5 ? MakeError(Reason::kNetwork, "cable cut") : absl::OkStatus(); });
  const Descriptor descriptor = DescriptorOf(bytes);
  const absl::Status status = Deliver(Context(), {.descriptor = descriptor, .source = std::move(source)});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), Reason::kNetwork);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cable cut"));
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

TEST_P(ConformanceTest, CancelledAtAnyChunkLeavesNothing) {
  constexpr int kChunks = 8;
  const std::string bytes = RandomBytes(80'000, 4);
  for (int stop_at = 0; stop_at < kChunks; ++stop_at) {
    implementation_ = GetParam().make();
    std::stop_source stop;
    auto source = std::make_unique<SteppedSource>(bytes, bytes.size() / kChunks, [&](int read) {
      if (read == stop_at) stop.request_stop();
      return absl::OkStatus();
    });
    const absl::Status status =
        Deliver(Context().WithStop(stop.get_token()), {.descriptor = DescriptorOf(bytes), .source = std::move(source)});
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << "at chunk " << stop_at;
    EXPECT_EQ(ReasonOf(status), Reason::kInterrupted);
    EXPECT_THAT(implementation_.visible(), IsEmpty()) << "at chunk " << stop_at;
  }
}

TEST_P(ConformanceTest, AStoppedContextStopsEverything) {
  std::stop_source stop;
  stop.request_stop();
  const Context context = Context().WithStop(stop.get_token());
  const Descriptor descriptor = Describe(kHelloSha256, 5);
  EXPECT_EQ(implementation_.fetcher->Fetch(context, descriptor).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(implementation_.pusher->Exists(context, descriptor).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Deliver(context, BlobOf(descriptor, "hello")).code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WritersTest);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NamesTest);

TEST_P(WritersTest, TellsTheDigest) {
  absl::StatusOr<std::unique_ptr<BlobWriter>> writer = implementation_.store->NewWriter(Context());
  ASSERT_EQ(writer.status(), absl::OkStatus());
  ASSERT_EQ((*writer)->Write("hel"), absl::OkStatus());
  ASSERT_EQ((*writer)->Write("lo"), absl::OkStatus());
  const absl::StatusOr<Descriptor> descriptor = (*writer)->Commit(Context(), kLayer, {});
  ASSERT_EQ(descriptor.status(), absl::OkStatus());
  EXPECT_EQ(*descriptor, Describe(kHelloSha256, 5));
  EXPECT_EQ(FetchAll(*implementation_.fetcher, *descriptor), "hello");
}

TEST_P(WritersTest, RefusesTheUnexpected) {
  const Expected unexpected[] = {{.digest = *Digest::Parse(kEmptySha256)}, {.size = 6}};
  for (const Expected& expected : unexpected) {
    absl::StatusOr<std::unique_ptr<BlobWriter>> writer = implementation_.store->NewWriter(Context());
    ASSERT_EQ(writer.status(), absl::OkStatus());
    ASSERT_EQ((*writer)->Write("hello"), absl::OkStatus());
    const absl::Status status = (*writer)->Commit(Context(), kLayer, expected).status();
    EXPECT_EQ(ReasonOf(status), Reason::kVerification) << status;
    writer->reset();
    EXPECT_THAT(implementation_.visible(), IsEmpty());
  }
}

TEST_P(WritersTest, DroppedWriterLeavesNothing) {
  absl::StatusOr<std::unique_ptr<BlobWriter>> writer = implementation_.store->NewWriter(Context());
  ASSERT_EQ(writer.status(), absl::OkStatus());
  ASSERT_EQ((*writer)->Write("hello"), absl::OkStatus());
  writer->reset();
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

TEST_P(NamesTest, TagsWhatWasPushed) {
  const std::string bytes =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";
  Descriptor descriptor = DescriptorOf(bytes);
  descriptor.media_type = std::string(image::kOciIndex);
  ASSERT_EQ(implementation_.pusher->Push(Context(), BlobOf(descriptor, bytes)), absl::OkStatus());
  EXPECT_EQ(implementation_.tagger->Tag(Context(), descriptor, "example.com/app:1"), absl::OkStatus());
}

TEST_P(NamesTest, DoesNotTagWhatIsNotThere) {
  const absl::Status status =
      implementation_.tagger->Tag(Context(), Describe(kHelloSha256, 5, image::kOciIndex), "example.com/app:1");
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kHelloSha256)));
  EXPECT_THAT(implementation_.visible(), IsEmpty());
}

}  // namespace waybill::oci::content::testing
