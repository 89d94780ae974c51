// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/limits.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/consumer_words.h"
#include "attest/predicate_types.h"
#include "oci/digest.h"

namespace waybill::attest::publish {
namespace {

std::string TooLarge(const NewReferrer& one, absl::string_view consumer, int64_t limit) {
  return absl::StrCat("the ", FormName(one.form), " of ", one.predicate_type, " for ", one.subject_name, " has ",
                      one.blob_size, " bytes: ", consumer, " takes at most ", limit);
}

}  // namespace

std::vector<std::string> LimitsCrossed(const reader::ImageTree& tree, const Published& published) {
  std::vector<std::string> warnings;
  std::map<oci::Digest, size_t> counts;
  for (const NewReferrer& one : published.added) {
    ++counts[one.subject.digest];
    if (one.form == Form::kBundle && one.blob_size > kKyvernoBundleBytes) {
      warnings.push_back(TooLarge(one, "Kyverno", kKyvernoBundleBytes));
    }
    if (one.form == Form::kInToto && IsOfType(one.predicate_type, "vex") && one.blob_size > kTrivyVexBytes) {
      warnings.push_back(TooLarge(one, "Trivy", kTrivyVexBytes));
    }
  }
  for (const NewReferrer& one : published.added) {
    const auto found = counts.find(one.subject.digest);
    if (found == counts.end()) continue;
    const reader::Node* const subject = tree.Find(one.subject.digest);
    const size_t all = found->second + (subject == nullptr ? 0 : subject->referrers.size());
    if (all > kKyvernoReferrers) {
      warnings.push_back(
          absl::StrCat(one.subject_name, " has ", all, " referrers: Kyverno takes at most ", kKyvernoReferrers));
    }
    counts.erase(found);
  }
  return warnings;
}

}  // namespace waybill::attest::publish
