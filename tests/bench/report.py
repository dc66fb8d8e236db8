"""What is printed: a line for each run, one table of rates and ratios at the end."""


def line(result):
    """One run, as it ends."""
    if not result.ok:
        return f"{result.name}: FAILED: {result.note}"
    parts = []
    if result.seconds and result.records:
        parts += [f"{result.records_per_s:,.0f} events/s", f"{result.rows_per_s:,.0f} rows/s in {result.seconds:.2f} s"]
        parts += [f"{process} {result.cpu_us(process):.2f} us" for process in result.cpu]
    parts += [f"{process} peak {peak:.0f} MB" for process, peak in result.resident_mb.items()]
    parts += [f"{name} {number:,.1f}" for name, number in result.more.items()]
    return f"{result.name}: {', '.join(parts)}"


def table(outcome):
    lines = [f"{'':28}{'events/s':>12}{'rows/s':>12}{'spread':>9}"]
    for name, figures in outcome.figures.items():
        if "events_per_s" in figures:
            rate = figures["events_per_s"]
            lines.append(f"{name:28}{rate.median:12,.0f}{figures['rows_per_s'].median:12,.0f}{rate.spread:8.1%}")
    lines += [f"{name}: FAILED: {fault}" for name, faults in outcome.faults.items() for fault in faults]
    return "\n".join(lines)
