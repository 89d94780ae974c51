// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/matrix_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/consumers/att_tags.h"
#include "attest/consumers/look_up.h"
#include "attest/predicate_types.h"
#include "attest/verify/check.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "tools/cli/reading/image_flags.h"
#include "tools/cli/reading/output.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::images {
namespace {

using attest::consumers::LookUp;
using attest::reader::ImageTree;

constexpr char kFooter[] =
    R"(Each program's look-up is performed as the program does it, for the tag and for the digest of each platform's image.
Signatures are not checked: `waybill verify --key` does that.
Examples:
  waybill matrix ghcr.io/acme/app:1
  waybill matrix oci:layout --json)";

struct Flags {
  reading::ImageFlags image;
  bool json = false;
};

// Short where there is a short name.
std::string Word(const std::string& type) {
  const absl::string_view alias = attest::AliasOfType(type);
  return alias.empty() ? type : std::string(alias);
}

std::string Line(const LookUp& one, size_t width) {
  const std::string found =
      absl::StrJoin(one.answer.found, ", ", [](std::string* out, const std::string& type) { *out += Word(type); });
  std::string line = absl::StrCat("  ", one.consumer, std::string(width - one.consumer.size() + 2, ' '),
                                  one.answer.found.empty() ? "-" : found);
  if (!one.answer.note.empty()) absl::StrAppend(&line, "  (", one.answer.note, ")");
  return line;
}

// The programs below each digest that they are given.
void WriteText(const ImageTree& tree, const std::vector<LookUp>& all) {
  size_t width = 0;
  std::vector<size_t> named;
  for (const LookUp& one : all) {
    width = std::max(width, one.consumer.size());
    if (std::find(named.begin(), named.end(), one.named) == named.end()) named.push_back(one.named);
  }
  for (const size_t node : named) {
    std::cout << terminal::Printable(
                     absl::StrCat(node == 0 ? "by tag: " : "by digest: ", attest::verify::NameOf(tree.nodes[node])))
              << "\n";
    for (const LookUp& one : all) {
      if (one.named == node) std::cout << terminal::Printable(Line(one, width)) << "\n";
    }
  }
}

void WriteJson(const ImageTree& tree, const std::vector<LookUp>& all) {
  oci::json::Writer writer;
  writer.BeginObject().Key("root").String(tree.root().descriptor.digest.ToString());
  writer.Key("lookUps").BeginArray();
  for (const LookUp& one : all) {
    writer.BeginObject().Key("consumer").String(one.consumer);
    writer.Key("digest").String(tree.nodes[one.named].descriptor.digest.ToString());
    writer.Key("byTag").Bool(one.named == 0);
    writer.Key("found").BeginArray();
    for (const std::string& type : one.answer.found) writer.String(type);
    writer.EndArray();
    if (!one.answer.note.empty()) writer.Key("note").String(one.answer.note);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  std::cout << oci::json::Indent(writer.Take()) << "\n";
}

absl::Status Run(const oci::Context& context, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const reading::ReadImage image, reading::OpenAndRead(context, flags.image, {}));
  ABSL_ASSIGN_OR_RETURN(
      const attest::consumers::AttTags tags,
      attest::consumers::ReadAttTags(
          context,
          {.content = image.place->content(), .names = image.place->names(), .referrers = image.place->referrers()},
          image.tree));
  (flags.json ? WriteJson : WriteText)(image.tree, attest::consumers::LookUpAll(image.tree, tags));
  return reading::FlushOutput();
}

}  // namespace

void AddMatrixCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("matrix", "Tell which programs find what of an image's attestations");
  reading::AddImageFlags(command, flags->image);
  command.add_flag("--json", flags->json, "One JSON object instead of lines");
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::images
