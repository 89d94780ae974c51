// SPDX-License-Identifier: Apache-2.0
// What a terminal shows of the drawings, by an emulation of the few things that they make use of.
#include "tools/cli/terminal/tty_block.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::cli::terminal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = oci::ProgressEvent::State;

// Lines that are too long go on in the next row, and what does not fit scrolls out at the top. ASCII only.
class Terminal {
 public:
  explicit Terminal(const ScreenSize& size) : size_(size) {}

  void Take(absl::string_view bytes) {
    while (!bytes.empty()) {
      if (absl::ConsumePrefix(&bytes, "\x1b[")) {
        const size_t end = bytes.find_first_of("AJK");
        ASSERT_NE(end, absl::string_view::npos);
        Escape(bytes[end], bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
      } else {
        Put(bytes[0]);
        bytes.remove_prefix(1);
      }
    }
  }

  // All rows that there ever were, without empty ones at the end.
  std::vector<std::string> Rows() const {
    std::vector<std::string> rows = rows_;
    while (!rows.empty() && rows.back().empty()) rows.pop_back();
    return rows;
  }

 private:
  size_t top() const { return rows_.size() - std::min(rows_.size(), size_.rows); }

  void Escape(char command, absl::string_view argument) {
    if (command == 'A') {
      size_t count = 0;
      ASSERT_TRUE(absl::SimpleAtoi(argument, &count));
      row_ -= std::min(count, row_ - top());  // the cursor never leaves the screen
    } else {
      rows_[row_].resize(std::min(rows_[row_].size(), column_));
      if (command == 'J') rows_.resize(row_ + 1);
    }
  }

  void Put(char c) {
    if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      NextRow();
    } else {
      if (column_ == size_.columns) NextRow();
      std::string& row = rows_[row_];
      row.resize(std::max(row.size(), column_ + 1), ' ');
      row[column_++] = c;
    }
  }

  void NextRow() {
    column_ = 0;
    if (++row_ == rows_.size()) rows_.emplace_back();
  }

  const ScreenSize size_;
  std::vector<std::string> rows_{""};
  size_t row_ = 0;
  size_t column_ = 0;
};

oci::ProgressEvent Retrying(int number) {
  return {.target = "r.example/app:1",
          .item = absl::StrCat("sha256:", std::string(60, 'a'), number),
          .state = State::kRetrying,
          .current = 1000,
          .total = 123456789,
          .detail = absl::StrCat("HEAD https://r.example/v2/app/blobs/sha256:", std::string(64, 'a'), ": 503")};
}

class TtyBlockTest : public ::testing::TestWithParam<ScreenSize> {
 protected:
  void Draw(bool last = false) { terminal_.Take(block_.Render(absl::UnixEpoch(), GetParam(), last)); }

  TtyBlock block_{absl::UnixEpoch()};
  Terminal terminal_{GetParam()};
};

TEST_P(TtyBlockTest, IsDrawnOverItself) {
  terminal_.Take("$ waybill export\r\n");
  for (int i = 0; i < 40; ++i) {
    block_.Add(Retrying(i));
    Draw();
    Draw();
  }
  const std::vector<std::string> rows = terminal_.Rows();
  EXPECT_EQ(rows.front(), "$ waybill export");
  EXPECT_EQ(rows.back(), "0/40 done, 40.0kB / 4.94GB, 0.0s");
  const size_t items = std::min<size_t>(8, GetParam().rows - 2);
  ASSERT_EQ(rows.size(), 1 + items + 1) << absl::StrJoin(rows, "\n");
  for (const std::string& row : rows) EXPECT_LT(row.size(), GetParam().columns);
}

TEST_P(TtyBlockTest, WhatStaysIsAboveIt) {
  for (int i = 0; i < 20; ++i) block_.Add(Retrying(i));
  Draw();
  const std::string warning(2 * GetParam().columns, 'w');
  block_.Add({.target = "r.example/app:1", .state = State::kWarning, .detail = warning});
  for (int i = 0; i < 20; ++i) {
    oci::ProgressEvent done = Retrying(i);
    done.state = State::kDone;
    block_.Add(done);
  }
  block_.Add({.target = "r.example/app:1", .state = State::kDone, .detail = "pushed"});
  Draw();
  Draw(/*last=*/true);
  const std::string shown = absl::StrJoin(terminal_.Rows(), "");
  EXPECT_EQ(shown, absl::StrCat("warning: r.example/app:1: ", warning, "r.example/app:1 pushed",
                                "21/21 done, 2.47GB / 2.47GB, 0.0s"));
}

INSTANTIATE_TEST_SUITE_P(Sizes, TtyBlockTest,
                         ::testing::Values(ScreenSize{.columns = 50, .rows = 24}, ScreenSize{.columns = 80, .rows = 24},
                                           ScreenSize{.columns = 200, .rows = 50}, ScreenSize{.columns = 40, .rows = 5},
                                           ScreenSize{.columns = 40, .rows = 2}),
                         [](const auto& info) { return absl::StrCat(info.param.columns, "x", info.param.rows); });

TEST(TtyBlockLineTest, NothingInALineMovesTheCursor) {
  TtyBlock block(absl::UnixEpoch());
  block.Add({.item = "sha256:aa", .state = State::kRetrying, .detail = "a\r\nb\x1b[2Jc"});
  EXPECT_THAT(block.Render(absl::UnixEpoch(), {}, false), HasSubstr("  sha256:aa retrying: a\\x0d\\x0ab\\x1b[2Jc\n"));
}

TEST(TtyBlockLineTest, FollowsTheSizeOfTheTerminal) {
  TtyBlock block(absl::UnixEpoch());
  for (int i = 0; i < 2; ++i) block.Add(Retrying(i));
  for (const size_t columns : {60u, 30u}) {
    Terminal terminal({.columns = columns, .rows = 24});
    terminal.Take(block.Render(absl::UnixEpoch(), {.columns = columns, .rows = 24}, false));
    const std::string line =
        absl::StrCat("  sha256:", std::string(12, 'a'), " retrying 1.00kB / 123MB: ", Retrying(0).detail)
            .substr(0, columns - 1);
    EXPECT_THAT(terminal.Rows(),
                ElementsAre(line, line, absl::string_view("0/2 done, 2.00kB / 247MB, 0.0s").substr(0, columns - 1)));
  }
}

}  // namespace
}  // namespace waybill::cli::terminal
