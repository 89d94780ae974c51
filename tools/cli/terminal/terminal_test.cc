// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/terminal.h"

#include "gtest/gtest.h"

namespace waybill::cli::terminal {
namespace {

TEST(TerminalTest, CutsCharactersNotBytes) {
  EXPECT_EQ(CutToColumns("abc", 3), "abc");
  EXPECT_EQ(CutToColumns("abc", 2), "ab");
  EXPECT_EQ(CutToColumns("abc", 0), "");
  // Two columns each, to be sure: a wide character has that many.
  EXPECT_EQ(CutToColumns("\xe5\xb1\x81\xe5\xb1\x82", 3), "\xe5\xb1\x81");
  EXPECT_EQ(CutToColumns("a\xc3\xa4o", 4), "a\xc3\xa4o");
  EXPECT_EQ(CutToColumns("a\xc3\xa4o", 2), "a");
  // No UTF-8: each byte may be shown as a character.
  EXPECT_EQ(CutToColumns("\x80\x80\x80", 4), "\x80\x80");
}

TEST(TerminalTest, DumbTerminalsAndFilesAreNotDrawnOver) {
  EXPECT_TRUE(CanRedraw(true, "xterm-256color"));
  EXPECT_FALSE(CanRedraw(true, "dumb"));
  EXPECT_FALSE(CanRedraw(true, ""));
  EXPECT_FALSE(CanRedraw(true, nullptr));
  EXPECT_FALSE(CanRedraw(false, "xterm"));
}

TEST(TerminalTest, WhatIsNoTerminalHasADefaultSize) {
  EXPECT_EQ(ScreenOf(-1).columns, 80u);
  EXPECT_EQ(ScreenOf(-1).rows, 24u);
}

TEST(TerminalTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(Printable("a\nb\x1b[31m \xc3\xa4"), "a\\x0ab\\x1b[31m \xc3\xa4");
}

}  // namespace
}  // namespace waybill::cli::terminal
