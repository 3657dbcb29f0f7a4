import json
import re
import site

# The SDK that the test has generated.
site.addsitedir("sdk")

import pulumi
import pulumi_portknock as portknock

# What ../wanted.ts describes.
with open("doors.json") as file:
    wanted = json.load(file)

made = {}


def snake(name):
    return re.sub("([A-Z])", lambda match: "_" + match[1].lower(), name)


def passed_on(previous):
    """As docs/how-to/other-languages.md says: the generated SDK renames the keys of these outputs, and PortKnock's input is of any type."""
    return [{"sequence": one["sequence"], "acceptUntil": one["accept_until"]} for one in previous]


def resolved(value):
    if isinstance(value, list):
        return [resolved(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "$output" in value:
        name, prop = value["$output"].split(".")
        output = getattr(made[name], snake(prop))
        return output.apply(passed_on) if prop == "previousSequences" else output
    return {name: resolved(part) for name, part in value.items()}


for name, resource in wanted["resources"].items():
    arguments = {snake(key): resolved(value) for key, value in resource["properties"].items()}
    options = pulumi.ResourceOptions(depends_on=[made[other] for other in resource.get("dependsOn", [])])
    made[name] = getattr(portknock, resource["type"])(name, **arguments, opts=options)

for name, value in wanted["outputs"].items():
    pulumi.export(name, resolved(value))
