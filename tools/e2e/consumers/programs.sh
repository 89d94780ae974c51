# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by consumers.sh after registries.sh: what each program finds of an image, in the words of `waybill matrix`.
# The programs read keys/cosign.pub in the working directory. "failed" is an answer of its own: a program that does not
# run must not look like one that finds nothing.
# shellcheck disable=SC2154 # here is set by consumers.sh

readonly spdx=https://spdx.dev/Document slsa=https://slsa.dev/provenance/v1 openvex=https://openvex.dev/ns

# trivy_at REFERENCE PLATFORM OPTION...   Without a database of vulnerabilities, which is not to be had here.
trivy_at() {
  local reference=$1 platform=$2
  shift 2
  trivy image --insecure --platform "$platform" --cache-backend memory --offline-scan --skip-db-update --skip-java-db-update \
    --skip-version-check --scanners license --list-all-pkgs --format json "$@" "$reference"
}
# packages REFERENCE PLATFORM   The names that Trivy reports with the SBOMs of the registry.
packages() {
  trivy_at "$1" "$2" --sbom-sources oci --quiet >trivy.json 2>trivy.log || { echo failed; return; }
  jq -r '[.Results[]?.Packages[]?.Name] | sort | join(" ")' trivy.json
}
# vex_of REFERENCE PLATFORM   The type of the VEX statement that Trivy takes.
vex_of() {
  trivy_at "$1" "$2" --vex oci --debug >trivy.json 2>trivy.log || { echo failed; return; }
  if grep -q 'VEX attestation found' trivy.log; then
    echo $openvex
  else
    grep -q 'No VEX attestations found' trivy.log || echo failed
  fi
}

# kyverno_passes KIND TYPE REFERENCE   yes or no (kyverno.jq).
kyverno_passes() {
  jq -n -f "$here/kyverno.jq" --rawfile key keys/cosign.pub --arg kind "$1" --arg type "$2" >policy.yaml
  jq -n --arg image "$3" '{apiVersion: "v1", kind: "Pod", metadata: {name: "pod", namespace: "default"},
    spec: {containers: [{name: "app", image: $image}]}}' >pod.yaml
  kubectl-kyverno apply policy.yaml --resource pod.yaml --registry >kyverno.log 2>&1 || true
  case $(grep -oE 'pass: [0-9]+, fail: [0-9]+, warn: [0-9]+, error: [0-9]+' kyverno.log) in
    "pass: 1, fail: 0, warn: 0, error: 0") echo yes ;;
    "pass: 0, fail: 1, warn: 0, error: 0") echo no ;;
    *) echo failed ;;
  esac
}
# kyverno_finds REFERENCE   What a rule SigstoreBundle accepts.
kyverno_finds() {
  local type found=()
  for type in $openvex $slsa $spdx signature; do
    case $(kyverno_passes SigstoreBundle $type "$1") in
      yes) found+=("$type") ;;
      failed) found+=("failed") ;;
    esac
  done
  echo "${found[*]}"
}

# ratify_accepts REFERENCE REFUSED [CERTIFICATE]   yes or no (ratify.jq).
ratify_accepts() {
  mkdir -p ratify/plugins
  ln -sf "$(command -v sbom)" ratify/plugins/sbom
  jq -n -f "$here/ratify.jq" --arg refused "$2" --arg certificate "${3:-}" >ratify/config.json
  RATIFY_CONFIG=$PWD/ratify ratify verify -c ratify/config.json -s "$1" >ratify.json 2>ratify.log || true
  sed -n '/^{/,$p' ratify.json | jq -er 'if .isSuccess then "yes" else "no" end' 2>/dev/null || echo failed
}
ratify_finds() { [ "$(ratify_accepts "$1" none)" != yes ] || echo application/spdx+json; }

# types_by_oras REFERENCE, types_by_regctl REFERENCE   Artifact types that are listed.
types_by_oras() { oras_at discover --format json "$1" | jq -r '[.referrers[].artifactType] | unique | join(" ")'; }
types_by_regctl() { regctl_at artifact list --format '{{json .}}' "$1" | jq -r '[(.descriptors // [])[].artifactType] | unique | join(" ")'; }

# found_by_programs REFERENCE PLATFORM   A line for each program.
found_by_programs() {
  local packages
  packages=$(packages "$1" "$2")
  echo "Trivy, SBOM: ${packages:+yes}"
  echo "Trivy, VEX: $(vex_of "$1" "$2")"
  echo "Kyverno, SigstoreBundle: $(kyverno_finds "$1")"
  echo "Ratify, sbom: $(ratify_finds "$1")"
}
# found_by_matrix DIGEST   The same lines out of matrix.json.
found_by_matrix() {
  jq -r --arg digest "$1" '
    def found($program): [.lookUps[] | select(.consumer == $program and .digest == $digest) | .found[]] | unique | join(" ");
    "Trivy, SBOM: " + if found("Trivy, SBOM") == "" then "" else "yes" end,
    (("Trivy, VEX", "Kyverno, SigstoreBundle", "Ratify, sbom") as $program | "\($program): \(found($program))")' matrix.json
}
# listed_by_matrix DIGEST
listed_by_matrix() {
  jq -r --arg digest "$1" '[.lookUps[] | select(.consumer == "oras discover, regctl" and .digest == $digest) | .found[]] | unique | join(" ")' matrix.json
}
