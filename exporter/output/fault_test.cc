// SPDX-License-Identifier: Apache-2.0
// What happens to a destination when an export fails: nothing.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/output/output.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::output {
namespace {

using oci::Context;
using oci::Descriptor;
using oci::Reason;
using oci::ReasonOf;
using oci::file::testing::FilesUnder;
using oci::file::testing::NewTempDir;
using oci::file::testing::RandomBytes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Calls `on_read` with the number of each read of any of its sources, from 0 on.
class WatchedFetcher : public oci::content::Fetcher {
 public:
  WatchedFetcher(oci::content::Fetcher& inner, std::function<void(int)> on_read)
      : inner_(inner), on_read_(std::move(on_read)) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const Context& context,
                                                         const Descriptor& descriptor) override {
    absl::StatusOr<std::unique_ptr<oci::io::Source>> source = inner_.Fetch(context, descriptor);
    if (!source.ok()) return source.status();
    return std::make_unique<Source>(*this, *std::move(source));
  }
  int reads() const { return reads_; }

 private:
  class Source : public oci::io::Source {
   public:
    Source(WatchedFetcher& owner, std::unique_ptr<oci::io::Source> inner) : owner_(owner), inner_(std::move(inner)) {}
    int64_t size() const override { return inner_->size(); }
    absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const Context& context, int64_t offset) const override {
      absl::StatusOr<std::unique_ptr<oci::io::Reader>> reader = inner_->Open(context, offset);
      if (!reader.ok()) return reader.status();
      return std::make_unique<Reader>(owner_, *std::move(reader));
    }

   private:
    WatchedFetcher& owner_;
    const std::unique_ptr<oci::io::Source> inner_;
  };

  class Reader : public oci::io::Reader {
   public:
    Reader(WatchedFetcher& owner, std::unique_ptr<oci::io::Reader> inner) : owner_(owner), inner_(std::move(inner)) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      owner_.on_read_(owner_.reads_++);
      return inner_->Read(buffer);
    }

   private:
    WatchedFetcher& owner_;
    const std::unique_ptr<oci::io::Reader> inner_;
  };

  oci::content::Fetcher& inner_;
  const std::function<void(int)> on_read_;
  std::atomic<int> reads_ = 0;
};

struct Result {
  int exit_status = 0;
  std::string said;
};

// Runs `work` in a process of its own after `prepare`; it says how it ended.
Result InChild(const std::function<void()>& prepare, const std::function<absl::Status()>& work) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    prepare();
    const std::string text = work().ToString(absl::StatusToStringMode::kWithNoExtraData);
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  Result result;
  result.said.resize(4096);
  const ssize_t count = read(ends[0], result.said.data(), result.said.size());
  result.said.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  close(ends[0]);
  EXPECT_EQ(waitpid(child, &result.exit_status, 0), child);
  return result;
}

// An archive or a layout directory of an image with a layer of 3 MiB.
class FaultTest : public ::testing::TestWithParam<bool> {
 protected:
  FaultTest() {
    const oci::image::Manifest manifest{
        .media_type = std::string(oci::image::kOciManifest),
        .config = Add("{}", oci::image::kOciConfig),
        .layers = {Add("layer", oci::image::kOciLayer), Add(RandomBytes(3 << 20, 1), oci::image::kOciLayer)}};
    root_ = Add(oci::image::ToIndentedJson(manifest), oci::image::kOciManifest);
  }

  Descriptor Add(const std::string& bytes, absl::string_view media_type) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }

  absl::Status Deliver(const Context& context, oci::content::Fetcher& content) {
    const request::ExportOptions options{.type = request::ExporterType::kOci, .tar = GetParam()};
    const absl::StatusOr<std::unique_ptr<Output>> output = NewOutput(options, {.path = path_});
    if (!output.ok()) return output.status();
    return (*output)
        ->Deliver(context, {.root = *root_, .names = {"example.com/app:1"}, .content = content}, options)
        .status();
  }

  oci::content::store::MemoryStore store_;
  std::optional<Descriptor> root_;
  const std::string parent_ = NewTempDir();
  const std::string path_ = parent_ + "/out";
};

INSTANTIATE_TEST_SUITE_P(Outputs, FaultTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Archive" : "Directory"; });

TEST_P(FaultTest, CancelledAtAnyReadLeavesNothing) {
  int cancelled = 0;
  for (int stop_at = 0;; ++stop_at) {
    std::stop_source stop;
    WatchedFetcher content(store_, [&](int read) {
      if (read == stop_at) stop.request_stop();
    });
    const absl::Status status = Deliver(Context().WithStop(stop.get_token()), content);
    if (!stop.stop_requested()) {
      // It was read to the end, and the image is there.
      EXPECT_EQ(status, absl::OkStatus());
      break;
    }
    EXPECT_EQ(ReasonOf(status), Reason::kInterrupted) << "at read " << stop_at << ": " << status;
    EXPECT_THAT(FilesUnder(parent_), IsEmpty()) << "at read " << stop_at;
    ++cancelled;
  }
  EXPECT_GT(cancelled, 16);
}

TEST_P(FaultTest, CancelledKeepsWhatWasThereBefore) {
  ASSERT_EQ(Deliver(Context(), store_), absl::OkStatus());
  const std::vector<std::string> before = FilesUnder(parent_);
  root_ = Add(oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(oci::image::kOciManifest),
                                                              .config = Add("{}", oci::image::kOciConfig),
                                                              .layers = {Add("another layer", oci::image::kOciLayer)}}),
              oci::image::kOciManifest);
  std::stop_source stop;
  WatchedFetcher content(store_, [&](int) { stop.request_stop(); });
  EXPECT_EQ(Deliver(Context().WithStop(stop.get_token()), content).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(FilesUnder(parent_), before);
}

TEST_P(FaultTest, AFullDiskIsNamedAndLeavesNothing) {
  const Result result = InChild(
      [] {
        // As a full disk does, this fails a write in the middle of the layer.
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1 << 20, 1 << 20};
        setrlimit(RLIMIT_FSIZE, &limit);
      },
      [&] { return Deliver(Context(), store_); });
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.said, ::testing::StartsWith("RESOURCE_EXHAUSTED: "));
  EXPECT_THAT(result.said, HasSubstr(absl::StrCat("write ", path_)));
  EXPECT_THAT(result.said, HasSubstr("File too large"));
  EXPECT_THAT(FilesUnder(parent_), IsEmpty());
}

TEST_P(FaultTest, AnUnwritableDestinationIsNamed) {
  ASSERT_EQ(chmod(parent_.c_str(), 0555), 0);
  const Result result = InChild(
      [] {
        // Permissions do not stop root.
        if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
      },
      [&] { return Deliver(Context(), store_); });
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.said, ::testing::StartsWith(absl::StrCat("RESOURCE_EXHAUSTED: create ")));
  EXPECT_THAT(result.said, HasSubstr("Permission denied"));
  ASSERT_EQ(chmod(parent_.c_str(), 0755), 0);
  EXPECT_THAT(FilesUnder(parent_), IsEmpty());
}

TEST_P(FaultTest, KilledInTheMiddleLeavesNothingThatStays) {
  const Result result = InChild([] {},
                                [&] {
                                  WatchedFetcher content(store_, [](int read) {
                                    if (read == 9) raise(SIGKILL);
                                  });
                                  return Deliver(Context(), content);
                                });
  ASSERT_TRUE(WIFSIGNALED(result.exit_status));
  EXPECT_EQ(WTERMSIG(result.exit_status), SIGKILL);
  // An archive has no name yet, and a layout has its blobs hidden.
  for (const std::string& file : FilesUnder(parent_)) EXPECT_THAT(file, HasSubstr("/ingest/.waybill-"));

  // Nor is it in the way of the next export, which leaves its own files only.
  EXPECT_EQ(Deliver(Context(), store_), absl::OkStatus());
  for (const std::string& file : FilesUnder(parent_)) EXPECT_THAT(file, Not(HasSubstr(".waybill-")));
}

TEST(ArchiveStreamTest, AFullStreamIsNamed) {
  oci::content::store::MemoryStore store;
  const std::string text = R"({"schemaVersion":2,"manifests":[]})";
  const Descriptor root{.media_type = std::string(oci::image::kOciIndex),
                        .digest = store.Add(text),
                        .size = static_cast<int64_t>(text.size())};
  oci::file::FileWriter full(oci::file::Fd(open("/dev/full", O_WRONLY | O_CLOEXEC)), "standard output");
  const request::ExportOptions options{.type = request::ExporterType::kOci};
  const absl::StatusOr<std::unique_ptr<Output>> output = NewOutput(options, {.stream = &full});
  ASSERT_EQ(output.status(), absl::OkStatus());
  const absl::Status status =
      (*output)->Deliver(Context(), {.root = root, .names = {}, .content = store}, options).status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), "write standard output: No space left on device");
}

}  // namespace
}  // namespace waybill::exporter::output
