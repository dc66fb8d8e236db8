"""Which metrics and labels an expression names, held against those that there are."""

import difflib
import re
import sys

from harness import paths

sys.path.append(str(paths.needed(paths.CACHE / "monitoring" / "modules", "./deploy/setup.sh --tests brings it")))

import promql_parser as ql  # noqa: E402  # it is not where Python looks by itself


class Exported:
    """What Prometheus got of a sluice: each metric with the labels and their values that it has."""

    def __init__(self, series):
        self._values = {}
        for labels in series:
            metric = self._values.setdefault(labels["__name__"], {})
            for label, value in labels.items():
                if label != "__name__":
                    metric.setdefault(label, set()).add(value)

    def complaints(self, expression):
        """What the expression names and is not there, as sentences."""
        return list(self._of(ql.parse(expression)))

    def _of(self, node):
        if isinstance(node, ql.VectorSelector):
            yield from self._of_selector(node)
        if isinstance(node, ql.AggregateExpr) and node.modifier:
            yield from self._lacking(node.modifier.labels, node.expr)
        if isinstance(node, ql.BinaryExpr) and node.modifier:
            if node.modifier.matching:
                yield from self._lacking(node.modifier.matching.labels, node)
            one = node.rhs if node.modifier.card == ql.VectorMatchCardinality.ManyToOne else node.lhs
            yield from self._lacking(node.modifier.group_labels, one)
        for child in _children(node):
            yield from self._of(child)

    def _of_selector(self, selector):
        metric = self._values.get(selector.name)
        if metric is None:
            near = difflib.get_close_matches(selector.name, self._values, 1)
            yield f"no metric {selector.name}" + (f": is it {near[0]}?" if near else "")
            return
        for matcher in selector.matchers.matchers:
            if matcher.name not in metric:
                yield f"{selector.name} has no label {matcher.name}, it has {sorted(metric)}"
            elif not any(_matches(matcher, value) for value in metric[matcher.name]):
                yield f"{matcher.name} of {selector.name} is never {matcher.value!r}, it is one of {sorted(metric[matcher.name])}"

    def _lacking(self, labels, node):
        for selector in _selectors(node):
            for label in labels or ():
                if label not in self._values.get(selector.name, {label}):
                    yield f"{selector.name} has no label {label}, by which the expression goes"


def _matches(matcher, value):
    # What is left out has to be there, too, or it is misspelt.
    if matcher.op in (ql.MatchOp.Equal, ql.MatchOp.NotEqual):
        return matcher.value == value
    return re.fullmatch(matcher.value, value) is not None


def _children(node):
    for name in ("lhs", "rhs", "expr", "param", "vector_selector"):
        child = getattr(node, name, None)
        if isinstance(child, ql.Expr):
            yield child
    yield from getattr(node, "args", ())


def _selectors(node):
    if isinstance(node, ql.VectorSelector):
        yield node
    for child in _children(node):
        yield from _selectors(child)
