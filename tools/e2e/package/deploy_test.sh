#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The files of docs/deploy, as a parser reads them: they start commands that waybill has, with options that it knows, in the version of now.
set -euo pipefail
version=$("$WAYBILL" --version | sed 's/^waybill //')
export version
# A line for each container of the image: the arguments, without values of options.
/usr/bin/python3 - docs/deploy/compose.yaml docs/deploy/kubernetes.yaml >"$TEST_TMPDIR/commands" <<'PYTHON'
import os, sys, yaml

def containers(path):
    for document in yaml.safe_load_all(open(path)):
        if "services" in document:
            yield from ((c["image"], c["command"]) for c in document["services"].values())
        elif document["kind"] == "Deployment":
            spec = document["spec"]["template"]["spec"]
            volumes = {volume["name"] for volume in spec["volumes"]}
            for container in spec["containers"]:
                missing = {mount["name"] for mount in container["volumeMounts"]} - volumes
                if missing:
                    sys.exit(f"{path}: no volume {missing}")
                yield container["image"], container["args"]

for path in sys.argv[1:]:
    found = [(image, arguments) for image, arguments in containers(path) if "waybill" in image]
    if not found:
        sys.exit(f"{path}: no container of waybill")
    for image, arguments in found:
        if image.rsplit(":", 1)[1] != os.environ["version"]:
            sys.exit(f"{path}: {image}, not {os.environ['version']}")
        print(*[word for word in arguments if word.startswith("--") or word == arguments[0]])
PYTHON
[ "$(wc -l <"$TEST_TMPDIR/commands")" = 2 ]
while read -r command options; do
  "$WAYBILL" "$command" --help >"$TEST_TMPDIR/help"
  for option in $options; do
    grep -qE -- "(^|[ ,])$option( |,|$)" "$TEST_TMPDIR/help" || { echo "waybill $command has no $option"; exit 1; }
  done
done <"$TEST_TMPDIR/commands"
