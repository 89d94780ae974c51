"""End-to-end tests: scripts that take the product as a user does (README.md says what each is given)."""

def e2e_tests(tags = {}, data = []):
    """Declares a test for each *_test.sh of this folder, which may use the *.py files of the folder.

    Args:
      tags: of single scripts: {"memory_test": ["no_sanitizer"]}.
      data: what the scripts of this folder read besides what all of them may.
    """
    for script in native.glob(["*_test.sh"]):
        name = script[:-len(".sh")]
        native.sh_test(
            name = name,
            srcs = ["//tools/e2e:run.sh"],
            args = ["$(rootpath %s)" % script],
            data = data + native.glob(["*.py"]) + [
                script,
                "//:docs/guide-audit.md",
                "//:docs/guide-bake.md",
                "//:docs/guide-sign.md",
                "//:docs/metrics.md",
                "//:docs/scale.md",
                "//exporter/bridge/testing:restricted_daemon",
                "//proto/containerd/services/content/v1:content_protos",
                "//proto/containerd/services/leases/v1:leases_protos",
                "//proto/waybill/v1:attestations_protos",
                "//proto/waybill/v1:exporter_protos",
                "//testdata",
                "//tools/bench:delay_proxy_main",
                "//tools/bench:make_result",
                "//tools/cli:waybill",
                "//tools/e2e:shared",
                "//tools/e2e/attack:hold",
                "//tools/examples",
                "//tools/peers:versions",
            ],
            env = {
                "DELAY_PROXY": "$(rootpath //tools/bench:delay_proxy_main)",
                "HOLD": "$(rootpath //tools/e2e/attack:hold)",
                "MAKE_RESULT": "$(rootpath //tools/bench:make_result)",
                "RESTRICTED_DAEMON": "$(rootpath //exporter/bridge/testing:restricted_daemon)",
                "WAYBILL": "$(rootpath //tools/cli:waybill)",
            },
            tags = tags.get(name, []),
        )
