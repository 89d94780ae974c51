// SPDX-License-Identifier: Apache-2.0
// Digests, references, platforms, times, paths, annotation keys and options: what parses prints to something that
// parses to the same.
#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "exporter/request/annotations.h"
#include "oci/digest.h"
#include "oci/image/reference.h"
#include "oci/path.h"
#include "oci/platform.h"
#include "oci/time.h"
#include "tools/cli/line/csv.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
using waybill::fuzz::Is;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = waybill::fuzz::View(data, size);
  if (const auto digest = oci::Digest::Parse(text); digest.ok()) {
    Require(digest->ToString() == text, "a digest is its text");
    Require(digest->hex().find_first_not_of("0123456789abcdef") == absl::string_view::npos,
            "a digest is a safe file name");
  }
  if (const auto reference = oci::image::Reference::Parse(text); reference.ok()) {
    const auto again = oci::image::Reference::Parse(reference->ToString());
    Require(again.ok() && again->ToString() == reference->ToString(), "a reference survives being printed");
    const std::string short_form = reference->Familiar();
    const auto familiar = oci::image::Reference::Parse(short_form);
    // As in Go: "docker.io/a.b/c" is shortened to what reads as a host's image.
    const absl::string_view first = absl::string_view(short_form).substr(0, short_form.find('/'));
    const bool like_a_host = absl::StrContains(first, ".") || first == "localhost";
    Require(like_a_host || (familiar.ok() && familiar->ToString() == reference->ToString()),
            "the short form means the same");
  }
  if (const auto platform = oci::ParsePlatform(text); platform.ok()) {
    const auto again = oci::ParsePlatform(oci::FormatFull(*platform));
    // containerd does not escape everything that it refuses: a text that means something else is the fault here.
    Require(!again.ok() || *again == *platform, "a printed platform means no other");
    Require(oci::Normalize(*platform) == *platform, "a parsed platform is normal");
  }
  if (const auto time = oci::ParseTimestamp(text); time.ok()) {
    Require(Is(oci::ParseTimestamp(oci::FormatTimestamp(*time)), *time), "a time survives being printed");
  }
  Require(oci::path::Clean(oci::path::Clean(text)) == oci::path::Clean(text), "a clean path is clean");
  Require(oci::path::Base(text).size() <= std::max<size_t>(text.size(), 1), "a base name is a part");
  (void)waybill::exporter::request::ParseAnnotationKey(text).ok();
  (void)waybill::cli::line::ParseCsvLine(text).ok();
  return 0;
}
