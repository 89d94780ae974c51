// SPDX-License-Identifier: Apache-2.0
#include "attest/consumers/look_up.h"

#include "attest/consumers/programs.h"

namespace waybill::attest::consumers {
namespace {

struct Program {
  absl::string_view name;
  Answer (*ask)(const Question& question);
};

constexpr Program kPrograms[] = {
    {"docker, buildx imagetools", AskDocker},
    {"Docker's policy", AskDockerPolicy},
    {"oras discover, regctl", AskOras},
    {"cosign 3 verify-attestation", AskCosign3},
    {"cosign 3 verify", AskCosign3Signature},
    {"cosign 2 verify-attestation", AskCosign2},
    {"Trivy, SBOM", AskTrivySbom},
    {"Trivy, VEX", AskTrivyVex},
    {"Kyverno, SigstoreBundle", AskKyverno},
    {"Ratify, sbom", AskRatify},
};

}  // namespace

std::vector<LookUp> LookUpAll(const reader::ImageTree& tree, const AttTags& tags) {
  std::vector<size_t> named = {0};
  for (const reader::Edge& child : tree.root().children) {
    if (child.node.has_value() && tree.nodes[*child.node].kind == reader::NodeKind::kImage) {
      named.push_back(*child.node);
    }
  }
  std::vector<LookUp> all;
  for (const Program& program : kPrograms) {
    for (const size_t node : named) {
      all.push_back({.consumer = std::string(program.name),
                     .named = node,
                     .answer = program.ask({.tree = tree, .tags = tags, .named = node})});
    }
  }
  return all;
}

}  // namespace waybill::attest::consumers
