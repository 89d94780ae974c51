// SPDX-License-Identifier: Apache-2.0
// What users write on the command line: outputs, attestations and addresses.
#include "exporter/rpc/listen/address.h"
#include "tools/cli/exporting/input_flags.h"
#include "tools/cli/exporting/output_flag.h"
#include "tools/fuzz/require.h"

namespace cli = waybill::cli;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = waybill::fuzz::View(data, size);
  if (const auto output = cli::exporting::ParseOutputFlag(text, {}, {}); output.ok()) {
    Require(!output->request.type.empty(), "an output has a type");
    Require(!output->request.attributes.contains("dest"), "its destination is no attribute");
  }
  if (const auto attestation = cli::exporting::ParseAttestFlag(text); attestation.ok()) {
    Require(!attestation->path.empty(), "an attestation has a file");
  }
  if (const auto address = waybill::exporter::rpc::listen::Address::Parse(text); address.ok()) {
    const auto again = waybill::exporter::rpc::listen::Address::Parse(address->ToString());
    Require(!address->GrpcTarget().empty(), "an address can be dialled");
    Require(again.ok() && again->location == address->location, "an address survives being printed");
  }
  return 0;
}
