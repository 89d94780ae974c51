// SPDX-License-Identifier: Apache-2.0
#include "attest/predicate_types.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace waybill::attest {
namespace {

bool IsIn(absl::string_view predicate_type, const PredicateFamily& family) {
  return predicate_type == family.uri || absl::StartsWith(predicate_type, absl::StrCat(family.uri, "/"));
}

}  // namespace

bool IsOfType(absl::string_view predicate_type, absl::string_view wanted) {
  if (absl::ConsumeSuffix(&wanted, "*")) return absl::StartsWith(predicate_type, wanted);
  if (!IsTypeAlias(wanted)) return predicate_type == wanted;
  return std::any_of(std::begin(kPredicateFamilies), std::end(kPredicateFamilies), [&](const PredicateFamily& family) {
    return family.alias == wanted && IsIn(predicate_type, family);
  });
}

bool IsTypeAlias(absl::string_view text) {
  return std::any_of(std::begin(kPredicateFamilies), std::end(kPredicateFamilies),
                     [&](const PredicateFamily& family) { return family.alias == text; });
}

absl::string_view WrittenTypeOf(absl::string_view alias) {
  for (const PredicateFamily& family : kPredicateFamilies) {
    if (family.alias == alias && !family.written.empty()) return family.written;
  }
  return "";
}

absl::string_view AliasOfType(absl::string_view predicate_type) {
  for (const PredicateFamily& family : kPredicateFamilies) {
    if (IsIn(predicate_type, family)) return family.alias;
  }
  return "";
}

std::string TypeAliases() {
  std::vector<absl::string_view> aliases;
  for (const PredicateFamily& family : kPredicateFamilies) {
    if (aliases.empty() || aliases.back() != family.alias) aliases.push_back(family.alias);
  }
  return absl::StrJoin(aliases, ", ");
}

}  // namespace waybill::attest
