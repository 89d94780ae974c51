// SPDX-License-Identifier: Apache-2.0
#include "attest/consumers/programs.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/consumer_words.h"
#include "attest/consumers/referrers.h"
#include "attest/predicate_types.h"
#include "attest/reader/content.h"
#include "attest/sign/bundle.h"
#include "attest/verify/check.h"
#include "attest/verify/finding.h"
#include "oci/image/media_types.h"

namespace waybill::attest::consumers {
namespace {

using reader::Edge;
using reader::ImageTree;
using reader::Item;
using reader::Node;
using reader::NodeKind;

constexpr char kSignature[] = "signature";

Answer Nothing(std::string why) { return {.found = {}, .note = std::move(why)}; }

void AddOnce(std::string type, std::vector<std::string>& found) {
  if (std::find(found.begin(), found.end(), type) == found.end()) found.push_back(std::move(type));
}

// The images that a program looks at when it is given an index.
std::vector<size_t> ImagesOf(const ImageTree& tree) {
  std::vector<size_t> images;
  for (const Edge& child : tree.root().children) {
    if (child.node.has_value() && tree.nodes[*child.node].kind == NodeKind::kImage) images.push_back(*child.node);
  }
  return images;
}

bool NamesIt(const Question& question, const Seen& seen) {
  return seen.item != nullptr && seen.item->content.IsAbout(question.tree.nodes[question.named].descriptor.digest);
}

// What bundles of the digest hold; `others` counts those whose statements do not name it.
std::vector<std::string> BundlesOf(const Question& question, size_t& others) {
  std::vector<std::string> types;
  for (const Seen& seen : ReferrersOf(question.tree, question.named)) {
    if (!seen.IsBundle()) continue;
    if (!NamesIt(question, seen)) {
      ++others;
    } else {
      AddOnce(seen.predicate_type(), types);
    }
  }
  return types;
}

// What an index's entry is said to be about.
bool IsFor(const Edge& child, const oci::Digest& image, const ImageTree& tree) {
  return child.node.has_value() && tree.nodes[*child.node].kind == NodeKind::kAttestation &&
         tree.nodes[*child.node].image == image;
}

std::string NoBundle(size_t others) {
  if (others == 0) return "no Sigstore bundle refers to it";
  return absl::StrCat("no statement in the ", others, others == 1 ? " bundle" : " bundles", " names this digest");
}

std::vector<std::string> InAttTag(const Question& question) {
  const auto found = question.tags.find(question.named);
  return found == question.tags.end() ? std::vector<std::string>() : found->second;
}

// Where Trivy looks for a VEX statement, in order: what the list announces as one, or else what it announces as
// nothing.
std::vector<Seen> VexCandidates(const Question& question) {
  std::vector<Seen> announced;
  std::vector<Seen> silent;
  for (Seen& seen : ReferrersOf(question.tree, question.named)) {
    if (seen.listed_type != sign::kBundleType && seen.listed_type != sign::kEnvelopeType &&
        seen.listed_type != oci::image::kInToto) {
      continue;
    }
    if (!seen.announced_type.has_value()) {
      silent.push_back(std::move(seen));
    } else if (IsOfType(*seen.announced_type, "vex")) {
      announced.push_back(std::move(seen));
    }
  }
  std::vector<Seen> candidates = announced.empty() ? std::move(silent) : std::move(announced);
  if (candidates.size() > kTrivyVexCandidates) candidates.resize(kTrivyVexCandidates);
  return candidates;
}

bool IsSbomDocument(absl::string_view type) { return type == kSpdxDocument || type == kCycloneDxDocument; }

}  // namespace

Answer AskDocker(const Question& question) {
  const ImageTree& tree = question.tree;
  if (tree.root().kind != NodeKind::kIndex) return Nothing("it is no index: there is no list of attestation manifests");
  Answer answer;
  for (const size_t image : ImagesOf(tree)) {
    if (question.named != 0 && question.named != image) continue;
    for (const Edge& child : tree.root().children) {
      if (!IsFor(child, tree.nodes[image].descriptor.digest, tree)) continue;
      for (const Item& item : tree.nodes[*child.node].items) AddOnce(item.annotated_type, answer.found);
      break;  // the first one counts
    }
  }
  if (question.named != 0) answer.note = "only by the tag or the digest of the index";
  if (answer.found.empty()) answer.note = "the index lists no attestation manifest about it";
  return answer;
}

Answer AskDockerPolicy(const Question& question) {
  const ImageTree& tree = question.tree;
  Answer answer;
  for (const size_t image : ImagesOf(tree)) {
    if (question.named != 0 && question.named != image) continue;
    const std::vector<verify::Finding> findings = verify::CheckChain(tree, image);
    if (!findings.empty()) {
      answer.note =
          absl::StrCat(verify::NameOf(tree.nodes[image]), ": ", findings.front().rule, ": ", findings.front().message);
      continue;
    }
    for (const Edge& child : tree.root().children) {
      if (!IsFor(child, tree.nodes[image].descriptor.digest, tree)) continue;
      for (const Item& item : tree.nodes[*child.node].items) {
        if (IsOfType(item.annotated_type, "provenance")) AddOnce(item.annotated_type, answer.found);
      }
      break;  // the first one counts
    }
  }
  if (answer.found.empty() && answer.note.empty()) answer.note = "it is no index: the chain begins there";
  return answer;
}

Answer AskOras(const Question& question) {
  Answer answer;
  for (const Seen& seen : ReferrersOf(question.tree, question.named)) {
    AddOnce(seen.listed_type.empty() ? "(no artifact type)" : seen.listed_type, answer.found);
  }
  if (answer.found.empty()) answer.note = "nothing is listed as referring to it";
  return answer;
}

Answer AskCosign3(const Question& question) {
  size_t others = 0;
  std::vector<std::string> types = BundlesOf(question, others);
  const bool has_bundles = others > 0 || !types.empty();
  types.erase(std::remove(types.begin(), types.end(), sign::kSignaturePredicate), types.end());
  if (!types.empty()) return {.found = std::move(types), .note = ""};
  const std::vector<std::string> tagged = InAttTag(question);
  if (tagged.empty())
    return Nothing(has_bundles && others == 0 ? "its bundles hold signatures alone" : NoBundle(others));
  if (has_bundles) return Nothing("cosign ignores the tag .att, because a bundle refers to it");
  return {.found = tagged, .note = ""};
}

Answer AskCosign3Signature(const Question& question) {
  size_t others = 0;
  const std::vector<std::string> types = BundlesOf(question, others);
  if (types.empty()) return Nothing(NoBundle(others));
  const bool is_signed = std::find(types.begin(), types.end(), sign::kSignaturePredicate) != types.end();
  return {.found = {kSignature}, .note = is_signed ? "" : "cosign takes the bundle of a statement for a signature"};
}

Answer AskCosign2(const Question& question) {
  std::vector<std::string> types = InAttTag(question);
  if (types.empty()) return Nothing("there is no tag sha256-<hex>.att");
  return {.found = std::move(types), .note = ""};
}

Answer AskTrivySbom(const Question& question) {
  for (const Seen& seen : ReferrersOf(question.tree, question.named)) {
    const bool bundle = seen.listed_type == sign::kBundleType && IsOfType(seen.predicate_type(), "sbom");
    if (!bundle && !IsSbomDocument(seen.listed_type)) continue;
    Answer answer{.found = {bundle ? seen.predicate_type() : seen.listed_type}, .note = ""};
    if (question.named == 0 && ImagesOf(question.tree).size() > 1) {
      answer.note = "wrong for all platforms but one: Trivy takes the first SBOM of the index for each of them";
    }
    return answer;
  }
  return Nothing("neither an SPDX or CycloneDX document nor a bundle with one refers to it");
}

Answer AskTrivyVex(const Question& question) {
  for (const Seen& seen : VexCandidates(question)) {
    if (seen.size() > kTrivyVexBytes) {
      return Nothing(absl::StrCat("a statement has ", seen.size(), " bytes: Trivy takes ", kTrivyVexBytes));
    }
    if (IsOfType(seen.predicate_type(), "vex")) return {.found = {seen.predicate_type()}, .note = ""};
  }
  for (const std::string& type : InAttTag(question)) {
    if (IsOfType(type, "vex")) return {.found = {type}, .note = ""};
  }
  return Nothing("no VEX statement of its own, and no bundle with one, refers to it");
}

Answer AskKyverno(const Question& question) {
  const std::vector<Seen> all = ReferrersOf(question.tree, question.named);
  if (all.size() > kKyvernoReferrers) {
    return Nothing(absl::StrCat("it has ", all.size(), " referrers: Kyverno takes ", kKyvernoReferrers));
  }
  for (const Seen& seen : all) {
    if (seen.IsBundle() && seen.size() > kKyvernoBundleBytes) {
      return Nothing(absl::StrCat("a bundle has ", seen.size(), " bytes: Kyverno takes ", kKyvernoBundleBytes));
    }
  }
  size_t others = 0;
  std::vector<std::string> types = BundlesOf(question, others);
  if (types.empty()) return Nothing(NoBundle(others));
  Answer answer{.found = std::move(types), .note = ""};
  if (std::erase(answer.found, sign::kSignaturePredicate) == 0) {
    answer.note = "Kyverno takes the bundle of a statement for a signature";
  }
  answer.found.emplace_back(kSignature);
  return answer;
}

Answer AskRatify(const Question& question) {
  for (const Seen& seen : ReferrersOf(question.tree, question.named)) {
    if (seen.listed_type == kSpdxDocument) return {.found = {seen.listed_type}, .note = ""};
  }
  return Nothing("no SPDX document refers to it");
}

}  // namespace waybill::attest::consumers
