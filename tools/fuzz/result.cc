// SPDX-License-Identifier: Apache-2.0
// exporter/input (result.json) and the plan made of it: any text is taken or refused.
#include <memory>
#include <string>

#include "exporter/input/result_directory.h"
#include "exporter/plan/plan.h"
#include "exporter/request/options.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/io/string.h"
#include "oci/platform.h"
#include "tools/fuzz/require.h"

namespace exporter = waybill::exporter;
namespace oci = waybill::oci;

namespace {

// Has every blob that is asked for, of whatever size.
class EveryBlob : public oci::content::Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context&, const oci::Descriptor&) override {
    return std::make_unique<oci::io::StringSource>(R"({"architecture":"amd64","os":"linux"})");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  EveryBlob blobs;
  const auto result = exporter::input::ParseResult(oci::Context(), waybill::fuzz::View(data, size), blobs);
  if (!result.ok()) {
    waybill::fuzz::Require(!result.status().message().empty(), "an error says what is wrong");
    return 0;
  }
  const auto plan =
      exporter::plan::MakePlan(*result, exporter::request::ExportOptions(), {.architecture = "amd64", .os = "linux"});
  if (plan.ok()) waybill::fuzz::Require(plan->index || plan->images.size() == 1, "a bare manifest is one image");
  return 0;
}
