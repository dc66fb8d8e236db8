"""kcat's JSON lines on standard input as lines of a recording (tests/data/README.md), by partition and offset."""

import json
import sys

records = []
for line in sys.stdin:
    at = json.loads(line)
    headers = at.get("headers", [])
    records.append({
        "topic": at["topic"], "partition": at["partition"], "offset": at["offset"], "timestamp": at["ts"],
        "key": at["key"], "value": at["payload"],
        "headers": [list(pair) for pair in zip(headers[::2], headers[1::2])]})
records.sort(key=lambda record: (record["partition"], record["offset"]))
for record in records:
    # Plain ASCII: raw, a line separator (U+2028) in a text would end the line for some readers.
    print(json.dumps(record))
