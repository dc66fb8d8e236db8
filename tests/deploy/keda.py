"""Run by the Python of fetch.sh: `keda.py FOLDER < MANIFESTS` holds KEDA's objects against KEDA's own definitions in FOLDER, and the
settings of its Kafka trigger against the names that KEDA's source knows. Unknown fields count: Kubernetes would drop them silently."""

import pathlib
import re
import sys

import jsonschema
import yaml


def closed(schema):
    """The schema, refusing what it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    return made


def main(folder):
    schemas = {}
    for file in folder.glob("*.yaml"):
        definition = yaml.safe_load(file.read_text())["spec"]
        for version in definition["versions"]:
            schemas[definition["names"]["kind"], version["name"]] = closed(version["schema"]["openAPIV3Schema"])
    known = set(re.findall(r"keda:\"name=(\w+)", (folder / "kafka_scaler.go").read_text()))
    checked = 0
    for manifest in yaml.safe_load_all(sys.stdin):
        if not manifest["apiVersion"].startswith("keda.sh/"):
            continue
        schema = schemas[manifest["kind"], manifest["apiVersion"].partition("/")[2]]
        schema["properties"]["metadata"] = {"type": "object"}
        jsonschema.Draft202012Validator(schema).validate(manifest)
        for trigger in manifest["spec"].get("triggers", []):
            wrong = set(trigger["metadata"]) - known if trigger["type"] == "kafka" else {trigger["type"]}
            if wrong:
                sys.exit(f"KEDA's Kafka trigger does not know {', '.join(sorted(wrong))}")
        checked += 1
    print(f"{checked} objects of KEDA are right")


main(pathlib.Path(sys.argv[1]))
