// SPDX-License-Identifier: Apache-2.0
// oci/registry: bodies of replies (errors, tokens, referrers, ranges), credential files and what credential helpers
// say.
#include <limits>
#include <string>

#include "oci/digest.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/json.h"
#include "oci/registry/auth/auth_file.h"
#include "oci/registry/auth/credential_helper.h"
#include "oci/registry/auth/token.h"
#include "oci/registry/referrers/fallback_tag.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/transfer/upload_range.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view body = waybill::fuzz::View(data, size);
  (void)oci::registry::reply::ParseErrors(body);
  if (const auto last = oci::registry::transfer::LastByteOf(body); last.has_value()) {
    Require(*last >= 0 && *last < std::numeric_limits<int64_t>::max(), "an upload has a next byte");
  }
  if (const auto token = oci::registry::auth::ParseToken(body); token.ok()) {
    Require(!token->value.empty(), "a token is not empty");
    Require(token->lifetime >= absl::Seconds(60), "a token lasts a minute");
  }
  if (const auto file = oci::registry::auth::AuthFile::Parse(body, "config.json"); file.ok()) {
    (void)file->HelperFor("registry.example.com");
    (void)file->Find("registry.example.com", "team/app");
  }
  if (const auto credentials = oci::registry::auth::ParseHelperOutput(body); credentials.ok()) {
    Require(credentials->identity_token.empty() || credentials->username.empty(), "a token goes without a name");
  }
  const oci::Descriptor entry = {
      .media_type = std::string(oci::image::kOciManifest), .digest = oci::Digest::Of("x"), .size = 1};
  const auto merged = oci::registry::referrers::MergeReferrers(body, {entry});
  if (!merged.ok()) return 0;
  // Entries that others wrote stay as they are, even those that we would refuse.
  Require(oci::json::Validate(*merged).ok(), "merged referrers are JSON");
  Require(oci::image::ParseIndex(*merged).ok() >= oci::image::ParseIndex(body).ok(), "merging spoils no index");
  const auto missing = oci::registry::referrers::MissingReferrers(*merged, {entry});
  Require(missing.ok() && missing->empty(), "what was merged is listed");
  Require(waybill::fuzz::Is(oci::registry::referrers::MergeReferrers(*merged, {entry}), *merged),
          "merging again changes nothing");
  return 0;
}
