// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/man_page.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::cli::manual {
namespace {

using ::testing::HasSubstr;

TEST(ManPageTest, TextIsNoMarkup) {
  const CommandEntry command{.name = "waybill",
                             .path = "waybill",
                             .description = "first\nsecond",
                             .footer = "'quoted\nExamples:\n  .dots \\ and - signs",
                             .options = {{.names = {"-o", "--out"},
                                          .value = "FILE",
                                          .description = ".hidden",
                                          .default_value = "a-b",
                                          .is_required = true}},
                             .arguments = {{.names = {"image"}, .value = "REF", .description = "An image"}}};
  const std::vector<ManPage> pages = ManPages(command, "1.0");
  ASSERT_EQ(pages.size(), 1u);
  EXPECT_EQ(pages[0].file, "waybill.1");
  const std::string& text = pages[0].text;
  EXPECT_THAT(text, HasSubstr(".TH WAYBILL 1 \"\" \"waybill 1.0\"\n.SH NAME\nwaybill \\- first second\n"));
  EXPECT_THAT(text, HasSubstr("\\fBwaybill\\fR [\\fIOPTIONS\\fR] \\fB\\-\\-out\\fR \\fIFILE\\fR \\fIREF\\fR\n"));
  EXPECT_THAT(text, HasSubstr(".TP\n\\fB\\-o\\fR, \\fB\\-\\-out\\fR \\fIFILE\\fR\n\\&.hidden (default: a\\-b)\n"));
  EXPECT_THAT(text, HasSubstr(".PP\n\\&'quoted\n.SH EXAMPLES\n.nf\n\\&.dots \\e and \\- signs\n.fi\n"));
}

TEST(ManPageTest, EachCommandHasAPage) {
  const CommandEntry command{.name = "waybill",
                             .path = "waybill",
                             .commands = {{.name = "config",
                                           .path = "waybill config",
                                           .commands = {{.name = "check", .path = "waybill config check"}}}}};
  std::vector<std::string> files;
  for (const ManPage& page : ManPages(command, "1.0")) files.push_back(page.file);
  EXPECT_THAT(files, testing::UnorderedElementsAre("waybill.1", "waybill-config.1", "waybill-config-check.1"));
}

}  // namespace
}  // namespace waybill::cli::manual
