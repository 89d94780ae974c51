// SPDX-License-Identifier: Apache-2.0
#include "oci/io/hashing.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"

namespace waybill::oci::io {
namespace {

// By sha256sum and sha512sum.
constexpr char kHello[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr char kHello512[] =
    "sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c466347"
    "5c2e5c3adef46f73bcdec043";
// head -c 20000000 /dev/zero | sha256sum
constexpr char kZeros[] = "sha256:9e21c61969cd3e077a1b2b58ddb583b175e13c6479d2d83912eaddc23c0cdd52";

TEST(HashingReaderTest, HashesWhatIsRead) {
  HashingReader reader(std::make_unique<StringReader>("hello"), Hasher());
  EXPECT_EQ(*ReadAll(Context(), reader, 100), "hello");
  EXPECT_EQ(reader.size(), 5);
  EXPECT_EQ(reader.digest().ToString(), kHello);
}

TEST(HashingWriterTest, HashesWhatIsWritten) {
  std::string out;
  StringWriter to(out);
  HashingWriter writer(to, Hasher(*Digest::Parse(kHello512)));
  ASSERT_EQ(writer.Write("hel"), absl::OkStatus());
  ASSERT_EQ(writer.Write("lo"), absl::OkStatus());
  ASSERT_EQ(writer.Close(), absl::OkStatus());
  EXPECT_EQ(out, "hello");
  EXPECT_EQ(writer.size(), 5);
  EXPECT_EQ(writer.digest().ToString(), kHello512);
}

absl::StatusOr<Hashed> CopyString(const std::string& bytes, std::string& out, int64_t limit) {
  StringReader from(bytes);
  StringWriter to(out);
  return CopyHashed(Context(), from, to, Hasher(), limit);
}

TEST(CopyHashedTest, HashesShortStreams) {
  std::string out;
  const absl::StatusOr<Hashed> hashed = CopyString("hello", out, -1);
  ASSERT_EQ(hashed.status(), absl::OkStatus());
  EXPECT_EQ(hashed->size, 5);
  EXPECT_EQ(hashed->digest.ToString(), kHello);
  EXPECT_EQ(out, "hello");
}

TEST(CopyHashedTest, HashesLongStreamsInTheBackground) {
  const std::string zeros(20'000'000, '\0');
  std::string out;
  const absl::StatusOr<Hashed> hashed = CopyString(zeros, out, 20'000'000);
  ASSERT_EQ(hashed.status(), absl::OkStatus());
  EXPECT_EQ(hashed->size, 20'000'000);
  EXPECT_EQ(hashed->digest.ToString(), kZeros);
  EXPECT_TRUE(out == zeros);
}

TEST(CopyHashedTest, ChunksOfAnySizeKeepTheirOrder) {
  const std::string bytes = file::testing::RandomBytes(9'000'000, 7);
  // Gives pieces of 1 to 300000 bytes.
  class Uneven : public Reader {
   public:
    explicit Uneven(absl::string_view bytes) : inner_(bytes) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      piece_ = piece_ * 7 % 300'007;
      return inner_.Read(buffer.first(std::min(buffer.size(), piece_)));
    }

   private:
    StringReader inner_;
    size_t piece_ = 1;
  } from(bytes);
  std::string out;
  StringWriter to(out);
  const absl::StatusOr<Hashed> hashed = CopyHashed(Context(), from, to, Hasher(), -1);
  ASSERT_EQ(hashed.status(), absl::OkStatus());
  EXPECT_EQ(hashed->digest, Digest::Of(bytes));
  EXPECT_TRUE(out == bytes);
}

TEST(CopyHashedTest, NeverWritesMoreThanTheLimit) {
  const std::string bytes(10 << 20, 'x');
  for (const int64_t limit : {int64_t{0}, int64_t{1}, int64_t{300'000}, int64_t{10 << 20} - 1}) {
    std::string out;
    const absl::StatusOr<Hashed> hashed = CopyString(bytes, out, limit);
    ASSERT_EQ(hashed.status(), absl::OkStatus());
    EXPECT_GT(hashed->size, limit);
    EXPECT_LE(static_cast<int64_t>(out.size()), limit);
  }
}

// Fails, or stops the copy, at a certain write.
class Faulty : public Writer {
 public:
  Faulty(int at, std::stop_source* stop) : rest_(at), stop_(stop) {}
  absl::Status Write(absl::string_view) override {
    if (rest_-- > 0) return absl::OkStatus();
    if (stop_ == nullptr) return StorageError("disk full");
    stop_->request_stop();
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  int rest_;
  std::stop_source* stop_;
};

TEST(CopyHashedTest, EndsAtAFailureWhereverItHappens) {
  const std::string bytes(6 << 20, 'x');
  for (int at = 0; at < 24; ++at) {
    StringReader from(bytes);
    Faulty to(at, nullptr);
    const absl::Status status = CopyHashed(Context(), from, to, Hasher(), -1).status();
    EXPECT_EQ(ReasonOf(status), Reason::kStorage);
    EXPECT_EQ(status.message(), "disk full");
  }
}

TEST(CopyHashedTest, EndsWhenCancelled) {
  const std::string bytes(6 << 20, 'x');
  for (int at = 0; at < 24; ++at) {
    std::stop_source stop;
    StringReader from(bytes);
    Faulty to(at, &stop);
    const absl::Status status = CopyHashed(Context().WithStop(stop.get_token()), from, to, Hasher(), -1).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << at;
  }
}

}  // namespace
}  // namespace waybill::oci::io
