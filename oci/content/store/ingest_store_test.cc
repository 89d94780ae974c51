// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/ingest_store.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/faults.h"

namespace waybill::oci::content::store {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// printf 'hello world' | sha256sum; printf 'hello' | sha256sum; printf 'hello world' | sha512sum
constexpr char kHelloWorld[] = "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
constexpr char kHello[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr char kHelloWorld512[] =
    "sha512:"
    "309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f989dd35bc5ff499670da34255b45b0cfd830e81f605d"
    "cf7dc5542e93ae9cd76f";

Digest DigestOf(const char* text) { return *Digest::Parse(text); }

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() : root_(::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(root_);
    Restart();
  }
  // As after a restart of the program.
  void Restart() { store_ = std::make_unique<IngestStore>(root_ + "/uploads", blobs_); }

  std::unique_ptr<Ingest> Open(const std::string& ref, const Expected& expected = {}) {
    absl::StatusOr<std::unique_ptr<Ingest>> ingest = store_->Open(Context(), ref, expected);
    EXPECT_TRUE(ingest.ok()) << ingest.status();
    return *std::move(ingest);
  }
  std::string BytesOf(const char* digest) {
    std::ifstream file(blobs_.PathOf(DigestOf(digest)));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  bool UploadsAreEmpty() { return std::filesystem::is_empty(root_ + "/uploads"); }

  const std::string root_;
  FileStore blobs_{root_, {}};
  std::unique_ptr<IngestStore> store_;
};

TEST_F(IngestTest, CommitMakesAReadOnlyBlob) {
  std::unique_ptr<Ingest> ingest = Open("layer-1", {.digest = DigestOf(kHelloWorld), .size = 11});
  ASSERT_TRUE(ingest->Write("hello ").ok());
  ASSERT_TRUE(ingest->Write("world").ok());
  EXPECT_EQ(ingest->status().offset, 11);
  EXPECT_EQ(ingest->digest().ToString(), kHelloWorld);
  const absl::StatusOr<Descriptor> blob = ingest->Commit(Context(), {.digest = DigestOf(kHelloWorld), .size = 11});
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(blob->digest.ToString(), kHelloWorld);
  EXPECT_EQ(blob->size, 11);
  EXPECT_EQ(BytesOf(kHelloWorld), "hello world");
  struct stat info;
  ASSERT_EQ(stat(blobs_.PathOf(DigestOf(kHelloWorld)).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0444u);
  EXPECT_TRUE(UploadsAreEmpty());
  EXPECT_EQ(ingest->Write("more").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(IngestTest, GoesOnAfterALostConnection) {
  ASSERT_TRUE(Open("r")->Write("hello ").ok());
  std::unique_ptr<Ingest> again = Open("r");
  EXPECT_EQ(again->status().offset, 6);
  ASSERT_TRUE(again->Write("world").ok());
  EXPECT_TRUE(again->Commit(Context(), {.digest = DigestOf(kHelloWorld)}).ok());
}

TEST_F(IngestTest, GoesOnAfterARestart) {
  ASSERT_TRUE(Open("r", {.digest = DigestOf(kHelloWorld), .size = 11})->Write("hello ").ok());
  Restart();
  const absl::StatusOr<IngestStatus> status = store_->Status("r");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->offset, 6);
  EXPECT_EQ(status->expected.size, 11);
  EXPECT_EQ(status->expected.digest, DigestOf(kHelloWorld));
  std::unique_ptr<Ingest> again = Open("r");
  ASSERT_TRUE(again->Write("world").ok());
  EXPECT_TRUE(again->Commit(Context(), {.digest = DigestOf(kHelloWorld), .size = 11}).ok());
}

TEST_F(IngestTest, StatusSurvivesTimesToTheNanosecond) {
  const absl::Time started = Open("r")->status().started_at;
  Restart();
  EXPECT_EQ(store_->Status("r")->started_at, started);
}

TEST_F(IngestTest, OneWriterAtATime) {
  std::unique_ptr<Ingest> first = Open("r");
  const absl::Status second = store_->Open(Context(), "r", {}).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(second.message(), "ref r is being written");
  first.reset();
  EXPECT_NE(Open("r"), nullptr);
}

TEST_F(IngestTest, WrongDigestIsNoBlob) {
  std::unique_ptr<Ingest> ingest = Open("r");
  ASSERT_TRUE(ingest->Write("hello world").ok());
  const absl::Status status = ingest->Commit(Context(), {.digest = DigestOf(kHello)}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(kHello));
  EXPECT_FALSE(std::filesystem::exists(blobs_.PathOf(DigestOf(kHelloWorld))));
}

TEST_F(IngestTest, AfterAWrongSizeItGoesOn) {
  std::unique_ptr<Ingest> ingest = Open("r");
  ASSERT_TRUE(ingest->Write("hello").ok());
  const absl::Status status = ingest->Commit(Context(), {.digest = DigestOf(kHello), .size = 6}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kVerification);
  EXPECT_EQ(status.message(), absl::string_view(std::string("blob ") + kHello + " has 5 bytes, expected 6"));
  ingest.reset();
  EXPECT_TRUE(Open("r")->Commit(Context(), {.digest = DigestOf(kHello), .size = 5}).ok());
  EXPECT_TRUE(UploadsAreEmpty());
}

TEST_F(IngestTest, OtherTotalThanAtTheStart) {
  Open("r", {.size = 11});
  const absl::Status status = store_->Open(Context(), "r", {.size = 12}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(status.message(), "ref r: total 12 differs from the total 11 that it was started with");
}

TEST_F(IngestTest, CommitOfWhatIsThereSaysSo) {
  std::unique_ptr<Ingest> first = Open("a");
  std::unique_ptr<Ingest> second = Open("b");
  ASSERT_TRUE(first->Write("hello").ok());
  ASSERT_TRUE(second->Write("hello").ok());
  ASSERT_TRUE(first->Commit(Context(), {}).ok());
  const absl::Status status = second->Commit(Context(), {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(status), Reason::kConflict);
  EXPECT_THAT(std::string(status.message()), HasSubstr(kHello));
  EXPECT_TRUE(UploadsAreEmpty());
}

TEST_F(IngestTest, RestartDropsTheBytes) {
  std::unique_ptr<Ingest> ingest = Open("r");
  ASSERT_TRUE(ingest->Write("not this ").ok());
  ASSERT_TRUE(ingest->Restart().ok());
  EXPECT_EQ(ingest->status().offset, 0);
  ASSERT_TRUE(ingest->Write("hello").ok());
  EXPECT_TRUE(ingest->Commit(Context(), {.digest = DigestOf(kHello), .size = 5}).ok());
  EXPECT_EQ(BytesOf(kHello), "hello");
}

TEST_F(IngestTest, DigestOfAnotherAlgorithmAtTheEnd) {
  std::unique_ptr<Ingest> ingest = Open("r");
  ASSERT_TRUE(ingest->Write("hello world").ok());
  const absl::StatusOr<Descriptor> blob = ingest->Commit(Context(), {.digest = DigestOf(kHelloWorld512)});
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(BytesOf(kHelloWorld512), "hello world");
}

TEST_F(IngestTest, FullDiskKeepsWhatWasThere) {
  std::unique_ptr<Ingest> ingest = Open("r");
  ASSERT_TRUE(ingest->Write("hello ").ok());
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 8, before.rlim_max };
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = ingest->Write("world");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "write ref r: File too large");
  EXPECT_EQ(ingest->status().offset, 6);
  ASSERT_TRUE(ingest->Write("world").ok());
  EXPECT_TRUE(ingest->Commit(Context(), {.digest = DigestOf(kHelloWorld)}).ok());
}

TEST_F(IngestTest, ListAndAbort) {
  ASSERT_TRUE(Open("a")->Write("hello").ok());
  Open("b");
  const absl::StatusOr<std::vector<IngestStatus>> list = store_->List();
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->size(), 2u);
  EXPECT_TRUE(store_->Abort("a").ok());
  const absl::Status gone = store_->Abort("a");
  EXPECT_EQ(gone.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(gone.message(), "ref a is not being written");
  EXPECT_EQ(store_->Status("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Open("a")->status().offset, 0);
}

TEST_F(IngestTest, ExpireSparesWhatIsInUse) {
  std::unique_ptr<Ingest> used = Open("used");
  Open("left");
  ASSERT_TRUE(store_->Expire(absl::InfinitePast()).ok());
  EXPECT_EQ(store_->List()->size(), 2u);
  ASSERT_TRUE(store_->Expire(absl::InfiniteFuture()).ok());
  ASSERT_EQ(store_->List()->size(), 1u);
  EXPECT_EQ(store_->List()->front().ref, "used");
}

// The directory of the only ingest.
std::string OnlyPath(const std::string& directory) {
  return std::filesystem::directory_iterator(directory)->path().string();
}

TEST_F(IngestTest, DataOfAnInterruptedRemovalIsNotTakenOver) {
  ASSERT_TRUE(Open("r")->Write("stale").ok());
  ASSERT_TRUE(std::filesystem::remove(OnlyPath(root_ + "/uploads") + "/about.json"));
  Restart();
  std::unique_ptr<Ingest> ingest = Open("r");
  ASSERT_TRUE(ingest->Write("hello").ok());
  const absl::StatusOr<Descriptor> blob = ingest->Commit(Context(), {.digest = DigestOf(kHello)});
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(BytesOf(kHello), "hello");
}

TEST_F(IngestTest, WhatIsNoIngestStays) {
  std::filesystem::create_directories(root_ + "/uploads/photos");
  std::ofstream(root_ + "/uploads/photos/data") << "precious";
  EXPECT_TRUE(store_->List()->empty());
  ASSERT_TRUE(store_->Expire(absl::InfiniteFuture()).ok());
  EXPECT_TRUE(std::filesystem::exists(root_ + "/uploads/photos/data"));
}

TEST_F(IngestTest, WhatAPowerFailureLeftIsStartedAnewOrExpires) {
  ASSERT_TRUE(Open("r")->Write("hello").ok());
  std::ofstream(OnlyPath(root_ + "/uploads") + "/about.json", std::ios::trunc).close();
  Restart();
  EXPECT_TRUE(store_->List()->empty());
  EXPECT_EQ(Open("r")->status().offset, 0);
  std::ofstream(OnlyPath(root_ + "/uploads") + "/about.json", std::ios::trunc).close();
  ASSERT_TRUE(store_->Expire(absl::InfinitePast()).ok());
  EXPECT_FALSE(UploadsAreEmpty());
  Restart();
  ASSERT_TRUE(store_->Expire(absl::InfiniteFuture()).ok());
  EXPECT_TRUE(UploadsAreEmpty());
}

// Each file operation of a commit fails in turn. Either the blob is there, in full, or the bytes are, for the next
// writer.
TEST_F(IngestTest, ACommitThatFailsLosesNothing) {
  if (!file::testing::CanInjectFaults()) GTEST_SKIP() << "seccomp's notifier is not allowed here";
  for (const int error : {EIO, ENOSPC, EMFILE, file::testing::kKill}) {
    for (size_t call = 0;; ++call) {
      ASSERT_TRUE(Open("r")->Write("hello").ok());
      const file::testing::FaultedRun run =
          file::testing::RunWithFault(root_, file::testing::Fault{.call = call, .error = error}, [this] {
            Restart();
            absl::StatusOr<std::unique_ptr<Ingest>> ingest = store_->Open(Context(), "r", {});
            return ingest.ok() && (*ingest)->Commit(Context(), {.digest = DigestOf(kHello)}).ok() ? 0 : 1;
          });
      SCOPED_TRACE(absl::StrCat("error ", error, run.injected ? run.calls[call] : ""));
      Restart();
      if (std::filesystem::exists(blobs_.PathOf(DigestOf(kHello)))) {
        EXPECT_EQ(BytesOf(kHello), "hello");
      } else {
        EXPECT_NE(run.exit_code, 0);
        std::unique_ptr<Ingest> next = Open("r");
        EXPECT_EQ(next->status().offset, 5);
        EXPECT_TRUE(next->Commit(Context(), {.digest = DigestOf(kHello)}).ok());
      }
      std::filesystem::remove_all(root_);
      if (!run.injected) break;
    }
  }
}

TEST_F(IngestTest, WhatWasKilledInItsCommitGoesOn) {
  ASSERT_TRUE(Open("r")->Write("hello").ok());
  const std::string data = root_ + "/uploads/" + std::string(Digest::Of("r").hex()) + "/data";
  ASSERT_EQ(chmod(data.c_str(), 0444), 0);
  Restart();
  const std::unique_ptr<Ingest> ingest = Open("r");
  struct stat info;
  ASSERT_EQ(stat(data.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);  // so that its owner may write, whoever that is
  EXPECT_TRUE(ingest->Write(" world").ok());
  EXPECT_EQ(ingest->digest().ToString(), kHelloWorld);
}

TEST_F(IngestTest, RefsAreNames) {
  EXPECT_EQ(ReasonOf(store_->Open(Context(), "", {}).status()), Reason::kInvalidInput);
  EXPECT_EQ(ReasonOf(store_->Open(Context(), std::string(4097, 'x'), {}).status()), Reason::kInvalidInput);
  std::unique_ptr<Ingest> ingest = Open("../../escape");
  ASSERT_TRUE(ingest->Write("x").ok());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr("escape")));
  }
}

TEST_F(IngestTest, CancelledRehashKeepsTheBytes) {
  ASSERT_TRUE(Open("r")->Write("hello").ok());
  Restart();
  std::stop_source stop;
  stop.request_stop();
  const absl::Status status = store_->Open(Context().WithStop(stop.get_token()), "r", {}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInterrupted);
  EXPECT_EQ(Open("r")->status().offset, 5);
}

}  // namespace
}  // namespace waybill::oci::content::store
