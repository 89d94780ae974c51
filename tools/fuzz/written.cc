// SPDX-License-Identifier: Apache-2.0
// exporter/bridge/solve: documents that a daemon wrote make up images. Input: documents with a NUL byte between, in
// which
// "@0" ... "@9" stand for the digests of the documents of these numbers.
#include "exporter/bridge/solve/written_images.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "oci/digest.h"
#include "tools/fuzz/require.h"

namespace solve = waybill::exporter::bridge::solve;
using waybill::fuzz::Require;
using waybill::oci::Digest;

namespace {

Digest DigestOf(size_t number) { return Digest::Of(absl::StrCat(number)); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(waybill::fuzz::View(data, size));
  for (size_t i = 0; i < 10; ++i) {
    absl::StrReplaceAll({{absl::StrCat("@", i), DigestOf(i).ToString()}}, &text);
  }
  solve::WrittenImages written;
  const std::vector<std::string> documents = absl::StrSplit(text, absl::MaxSplits('\0', 63));
  for (size_t i = 0; i < documents.size(); ++i) {
    written.Add(DigestOf(i), documents[i], static_cast<int>(documents[i].size() % 3));
  }
  for (const solve::WrittenImage& image : written.All()) {
    Require(image.copies > 0, "an image was written");
    Require(image.documents.contains(image.root), "an image has its root");
    Require(image.documents.size() <= documents.size(), "an image has documents that were written");
  }
  return 0;
}
