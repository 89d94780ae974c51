# SPDX-License-Identifier: Apache-2.0
"""metrics.py FILE...: the metrics of scrapes, read by the parser of Prometheus' Python client, a line for each series: name{label=value,...} value.

Fails for what the parser refuses, and for what the conventions of names do not allow (https://prometheus.io/docs/practices/naming/).
With --moved BEFORE AFTER, prints the names of families with a series that differs.
"""
import sys

from prometheus_client.parser import text_string_to_metric_families

UNITS = ("_seconds", "_bytes", "_info", "_total", "_fds")
COUNTED = ("running", "waiting", "blobs", "sessions", "builds")


def read(path):
    """{family: {series: value}}"""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    families = {}
    for family in text_string_to_metric_families(text):
        if family.name in families:
            sys.exit(f"{family.name} comes twice")
        if not family.documentation.endswith("."):
            sys.exit(f"{family.name} has no help")
        name = family.name + ("_total" if family.type == "counter" else "")
        if family.type not in ("counter", "gauge", "histogram"):
            sys.exit(f"{name} is {family.type}")
        if family.type == "counter" and not all(sample.name.endswith("_total") for sample in family.samples):
            sys.exit(f"{name}: a counter ends with _total")
        if not name.endswith(UNITS + COUNTED) or not name.startswith(("waybill_", "process_")):
            sys.exit(f"{name} has no unit, or a foreign prefix")
        families[name] = {
            sample.name + "{" + ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items())) + "}": sample.value
            for sample in family.samples
        }
    return families


def main(arguments):
    if arguments[:1] == ["--moved"]:
        before, after = read(arguments[1]), read(arguments[2])
        print("\n".join(sorted(name for name, series in after.items() if before.get(name) != series)))
        return
    for path in arguments:
        for series in read(path).values():
            for name, value in series.items():
                print(name, f"{value:.17g}")


main(sys.argv[1:])
