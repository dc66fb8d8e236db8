"""What is printed: a line for each run, and at the end one table of rates, costs and ratios, and the goals."""

from bench import goals, stats

# heading, its figure, how it is written
_COLUMNS = (("events/s", "events_per_s", "{:,.0f}"), ("rows/s", "rows_per_s", "{:,.0f}"), ("+-", None, "{:.1%}"),
            ("sink us", ("sluice_cpu_us", "connect_cpu_us", "spark_cpu_us", "client_cpu_us"), "{:.2f}"),
            ("Postgres us", "postgres_cpu_us", "{:.2f}"), ("broker us", "broker_cpu_us", "{:.2f}"),
            ("peak MB", ("sluice_peak_mb", "connect_peak_mb", "spark_peak_mb"), "{:.0f}"), ("steady MB", "steady_mb", "{:.0f}"),
            ("ready ms", "ready_ms", "{:.0f}"), ("first row ms", "first_row_ms", "{:,.0f}"))
_RATIOS = (("of COPY/1", "copy/1"), ("of COPY/2", "copy/2"))


def line(result):
    """One run, as it ends."""
    if not result.ok:
        return f"{result.name}: FAILED: {result.note}"
    parts = []
    if result.seconds and result.records:
        parts.append(f"{result.records_per_s:,.0f} events/s, {result.rows_per_s:,.0f} rows/s in {result.seconds:.2f} s")
        parts += [f"{process} {result.cpu_us(process):.2f} us" for process in result.cpu]
    parts += [f"{process} peak {peak:.0f} MB" for process, peak in result.resident_mb.items()]
    parts += [f"{name} {number:,.1f}" for name, number in result.more.items()]
    return f"{result.name}: {', '.join(parts)}"


def table(outcome):
    """All of it, for a terminal."""
    return "\n".join([_about(outcome), "", *_grid(_rates(outcome)), *_others(outcome), "", *_grid(_goals(outcome)), *_faults(outcome)])


def _about(outcome):
    about = outcome.about
    settings = ", ".join(f"{name}={value}" for name, value in about.get("postgres", {}).items())
    cut_short = "CUT SHORT: this is what was measured until then\n" if about.get("cut_short") else ""
    return (f"{cut_short}{about.get('events'):,} events, {about.get('repeat')} runs of each by turns, medians; +- is half of what lies between "
            f"slowest and fastest; us are microseconds of processor time an event\n{about.get('cores')} cores, "
            f"{about.get('memory_mb'):,} MB; broker: {about.get('java')}\nPostgres: {settings}")


def _rates(outcome):
    yield ["", *(heading for heading, _, _ in _COLUMNS), *(heading for heading, _ in _RATIOS)]
    for name, figures in outcome.figures.items():
        if "events_per_s" not in figures:
            continue
        cells = [name]
        for _, wanted, form in _COLUMNS:
            if wanted is None:
                cells.append(form.format(figures["events_per_s"].spread))
                continue
            found = [figures[key].median for key in _keys(wanted) if key in figures]
            cells.append(form.format(found[0]) if found else "")
        for _, limit in _RATIOS:
            rate = outcome.figure(limit, "rows_per_s")
            cells.append(f"{stats.ratio(figures['rows_per_s'], rate).median:.2f}" if rate else "")
        yield cells


def _others(outcome):
    """Figures without a column, such as latency, and all of who has no rate."""
    columns = {key for _, wanted, _ in _COLUMNS if wanted for key in _keys(wanted)}
    for name, figures in outcome.figures.items():
        rest = {key: figure for key, figure in figures.items() if key not in columns or "events_per_s" not in figures}
        if rest:
            yield f"{name}: " + ", ".join(f"{key} {figure.median:,.1f} ({figure.low:,.1f} to {figure.high:,.1f})"
                                          for key, figure in rest.items())


def _keys(wanted):
    return [wanted] if isinstance(wanted, str) else wanted


def _goals(outcome):
    yield ["goal", "wanted", "reached", "from", "to", ""]
    for goal, figure, met in goals.judged(outcome):
        wanted = f"{'at most' if goal.at_most else 'at least'} {goal.wanted:g} {goal.unit}".rstrip()
        reached = [f"{number:,.2f}" for number in (figure.median, figure.low, figure.high)] if figure else [""] * 3
        yield [goal.text, wanted, *reached, {None: "not measured", True: "met", False: "NOT MET"}[met]]


def _faults(outcome):
    for name, faults in outcome.faults.items():
        for fault in faults:
            yield f"{name}: FAILED: {fault}"


def _grid(rows):
    """Columns as wide as they need; the first to the left, as is text, numbers to the right."""
    rows = list(rows)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths))).rstrip()
