"""What /metrics says, read by Prometheus's own client."""

from prometheus_client.parser import text_string_to_metric_families

from harness.prometheus import promtool


class Metrics:
    """One look at them."""

    def __init__(self, rest):
        answer = rest.get("/metrics")
        assert answer.status == 200, answer
        self.text, self.type = answer.text, answer.headers["Content-Type"]
        self.families = {family.name: family for family in text_string_to_metric_families(answer.text)}
        self._samples = [sample for family in self.families.values() for sample in family.samples]

    def values(self, name, **labels):
        """{the labels that were not asked for, as a frozen set of pairs: value}"""
        wanted = labels.items()
        return {frozenset(sample.labels.items() - wanted): sample.value for sample in self._samples
                if sample.name == name and wanted <= sample.labels.items()}

    def sum(self, name, **labels):
        return sum(self.values(name, **labels).values())

    def by(self, label, name, **labels):
        """{value of the label: sum}"""
        found = {}
        for rest, value in self.values(name, **labels).items():
            key = dict(rest)[label]
            found[key] = found.get(key, 0) + value
        return found


def check(text):
    """What promtool finds wrong with it; empty: nothing."""
    return promtool("check", "metrics", text=text)[1]
