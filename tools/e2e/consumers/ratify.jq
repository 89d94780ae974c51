# A configuration of Ratify: each SPDX document of an image must pass the plugin sbom, which refuses the package $refused;
# with $certificate, a file, each image and each document must have a signature by notation, too.
def notation: "application/vnd.cncf.notary.signature";
def spdx: "application/spdx+json";
{
  store: {version: "1.0.0", plugins: [{name: "oras", useHttp: true}]},
  policy: {
    version: "1.0.0",
    plugin: {
      name: "configPolicy",
      artifactVerificationPolicies: (if $certificate == "" then {(spdx): "all"} else {(notation): "any"} end)
    }
  },
  verifier: {
    version: "1.0.0",
    plugins: ([
      {name: "sbom", artifactTypes: spdx, disallowedPackages: [{name: $refused}]}
      + if $certificate == "" then {} else {nestedReferences: notation} end
    ] + if $certificate == "" then [] else [{
      name: "notation", artifactTypes: notation, verificationCerts: [$certificate],
      trustPolicyDoc: {
        version: "1.0",
        trustPolicies: [{
          name: "default", registryScopes: ["*"], signatureVerification: {level: "strict"},
          trustStores: ["ca:certs"], trustedIdentities: ["*"]
        }]
      }
    }] end)
  }
}
