// SPDX-License-Identifier: Apache-2.0
// The same inputs through oci/deflate and through Go's compress/gzip: the same bytes, at every level.
// DEFLATE_INPUTS says how many inputs each level is given (.ci/nightly: 10,000), DEFLATE_FIRST the number of the first.
#include <csignal>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/deflate/engine.h"
#include "oci/deflate/gzip_writer.h"
#include "oci/io/stream.h"
#include "tools/deflate/go_gzip.h"
#include "tools/deflate/inputs.h"

namespace waybill::deflate_tools {
namespace {

namespace deflate = oci::deflate;

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

class StringWriter : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    text.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  std::string text;
};

// In pieces whose size follows from the number of the input.
std::string Ours(deflate::Engine& engine, const deflate::GzipOptions& options, absl::string_view input,
                 uint64_t number) {
  StringWriter to;
  const auto writer = deflate::GzipWriter::New(engine, to, options);
  EXPECT_TRUE(writer.ok()) << writer.status();
  constexpr size_t kPieces[] = {512, 4096, 65536, 99991, 1 << 20};
  const size_t piece = kPieces[number % std::size(kPieces)];
  for (size_t i = 0; i < input.size(); i += piece) EXPECT_TRUE((*writer)->Write(input.substr(i, piece)).ok());
  EXPECT_TRUE((*writer)->Close().ok());
  return std::move(to.text);
}

class CompareTest : public testing::TestWithParam<int> {};

TEST_P(CompareTest, GivesTheBytesOfGo) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto go = GoGzip::Start(PeerProgram("go-gzip"));
  if (!go.ok()) {
    const char* skip = std::getenv("WAYBILL_SKIP_PEERS");
    if (skip != nullptr && absl::string_view(skip) == "1") GTEST_SKIP() << go.status();
    FAIL() << go.status() << "\nRun tools/peers/install.sh deflate, or set WAYBILL_SKIP_PEERS=1 to do without.";
  }
  const int level = GetParam();
  const Inputs inputs(SystemFiles(12));
  deflate::Engine threadless(0);
  deflate::Engine threaded(2);
  const uint64_t count = Setting("DEFLATE_INPUTS", 40);
  const uint64_t first = Setting("DEFLATE_FIRST", 1) + static_cast<uint64_t>(level + 2) * 1'000'000;
  for (uint64_t number = first; number < first + count; ++number) {
    const std::string input = inputs.Make(number);
    const bool flush = number % 5 == 0;
    const auto expected = (*go)->Compress(level, flush, input);
    ASSERT_TRUE(expected.ok()) << expected.status();
    deflate::Engine& engine = number % 2 == 0 ? threaded : threadless;
    const std::string actual = Ours(engine, {.level = level, .flush_at_end = flush}, input, number);
    ASSERT_TRUE(actual == *expected) << "input " << number << " of " << input.size() << " bytes, level " << level
                                     << ": " << actual.size() << " bytes, Go " << expected->size();
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, CompareTest, testing::Range(-2, 10), [](const auto& test) {
  return absl::StrCat(test.param < 0 ? "Minus" : "Level", std::abs(test.param));
});

}  // namespace
}  // namespace waybill::deflate_tools
