# A policy of Kyverno's that a pod passes if its image has a statement of $type, or with "signature" any signed bundle, that
# the key signed. $kind: SigstoreBundle or Cosign (a ClusterPolicy's rule), or ImageValidatingPolicy.
def attestors: [{entries: [{keys: {publicKeys: $key, rekor: {ignoreTlog: true, url: ""}, ctlog: {ignoreSCT: true}}}]}];

def cluster_policy:
  {
    apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata: {name: "consumers"},
    spec: {
      background: false, webhookTimeoutSeconds: 30,
      rules: [{
        name: "signed",
        match: {any: [{resources: {kinds: ["Pod"]}}]},
        verifyImages: [
          {
            imageReferences: ["127.0.0.1:*"], type: $kind, failureAction: "Enforce",
            mutateDigest: false, required: false, verifyDigest: false
          } + if $type == "signature" then {attestors: attestors} else {attestations: [{type: $type, attestors: attestors}]} end
        ]
      }]
    }
  };

def image_validating_policy:
  {
    apiVersion: "policies.kyverno.io/v1beta1", kind: "ImageValidatingPolicy", metadata: {name: "consumers"},
    spec: {
      webhookConfiguration: {timeoutSeconds: 30}, failurePolicy: "Fail", validationActions: ["Deny"],
      matchConstraints: {
        resourceRules: [{apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"]}]
      },
      matchImageReferences: [{glob: "127.0.0.1:*"}],
      validationConfigurations: {mutateDigest: false, verifyDigest: false, required: false},
      attestors: [{name: "key", cosign: {key: {data: $key}, ctlog: {insecureIgnoreTlog: true, insecureIgnoreSCT: true}}}],
      attestations: [{name: "statement", intoto: {type: $type}}],
      validations: [{
        expression: "images.containers.map(image, verifyAttestationSignatures(image, attestations.statement, [attestors.key])).all(count, count > 0)",
        message: "no verified statement"
      }]
    }
  };

if $kind == "ImageValidatingPolicy" then image_validating_policy else cluster_policy end
