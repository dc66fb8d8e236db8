"""Whether a history of concurrent calls could have happened one after the other, each at some instant between its beginning and its end:
the search of Wing and Gong, with what it has already tried remembered."""

import collections

# `call`: hashable, what was asked; `answer`: what came of it. Times are of one clock.
Call = collections.namedtuple("Call", "begin end call answer")


def explain(history, step, first):
    """None where there is such an order, else the calls that fit nowhere after the longest order that does.

    `step(state, call)` answers (answer, next state); states are hashable. An answer of None was not heard, and the call may have happened
    or not.
    """
    calls = sorted(history, key=lambda call: call.begin)
    tried, best = set(), (-1, None)
    # Depth first: what is done, as a set of numbers, and the state after it.
    stack = [(frozenset(), first)]
    while stack:
        done, state = stack.pop()
        if (done, state) in tried:
            continue
        tried.add((done, state))
        left = [number for number in range(len(calls)) if number not in done]
        if all(calls[number].answer is None for number in left):
            return None
        # Nothing may go before what had ended when it began.
        earliest_end = min(calls[number].end for number in left)
        ready = [number for number in left if calls[number].begin <= earliest_end]
        if len(done) > best[0]:
            best = (len(done), [calls[number] for number in ready], state)
        for number in ready:
            answer, after = step(state, calls[number].call)
            if calls[number].answer in (None, answer):
                stack.append((done | {number}, after))
    return f"after {best[0]} calls, in the state {best[2]!r}, none of these fits: {best[1]}"


def overlaps(history):
    """How many calls began while another one was under way."""
    ends, count = [], 0
    for call in sorted(history, key=lambda call: call.begin):
        count += any(end > call.begin for end in ends[-64:])
        ends.append(call.end)
    return count
