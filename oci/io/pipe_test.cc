// SPDX-License-Identifier: Apache-2.0
#include "oci/io/pipe.h"

#include <thread>

#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/error.h"

namespace waybill::oci::io {
namespace {

TEST(PipeTest, CarriesMoreThanItHolds) {
  Pipe pipe(1000);
  std::string sent;
  for (int i = 0; i < 100000; ++i) sent.push_back(static_cast<char>(i % 251));
  std::jthread writer([&] {
    absl::Status status;
    for (size_t at = 0; at < sent.size() && status.ok(); at += 777) {
      status = pipe.writer().Write(absl::string_view(sent).substr(at, 777));
    }
    pipe.Finish(status);
  });
  const absl::StatusOr<std::string> got = ReadAll(Context(), pipe.reader(), 1 << 20);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(*got, sent);
}

TEST(PipeTest, TheReaderGetsTheWritersErrorAfterItsBytes) {
  Pipe pipe(1000);
  ASSERT_TRUE(pipe.writer().Write("abc").ok());
  pipe.Finish(InvalidInputError("broken"));
  std::string buffer(10, '\0');
  EXPECT_EQ(pipe.reader().Read(absl::MakeSpan(buffer.data(), buffer.size())).value_or(0), 3);
  EXPECT_EQ(pipe.reader().Read(absl::MakeSpan(buffer.data(), buffer.size())).status().message(), "broken");
}

TEST(PipeTest, AWriterThatWaitsEndsWhenTheReaderAbandons) {
  Pipe pipe(10);
  absl::Status status;
  {
    std::jthread writer([&] { status = pipe.writer().Write(std::string(1 << 20, 'x')); });
    std::string buffer(5, '\0');
    ASSERT_TRUE(pipe.reader().Read(absl::MakeSpan(buffer.data(), buffer.size())).ok());
    pipe.Abandon();
  }
  EXPECT_EQ(ReasonOf(status), Reason::kInterrupted);
}

}  // namespace
}  // namespace waybill::oci::io
