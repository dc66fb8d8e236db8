"""Waiting with a deadline. Whoever waits says for what, and hands over what helps when it does not come."""

import time

from harness import processes


class NotInTime(AssertionError):
    pass


def until(claim, check, seconds, every=0.05):
    """Calls check() until it answers something true, and returns that. AssertionErrors from it count as "not yet"."""
    started = time.monotonic()
    last = None
    while True:
        try:
            last = check()
        except AssertionError as error:
            last = error
        else:
            if last:
                return last
        if time.monotonic() - started > seconds:
            raise NotInTime(f"not within {seconds:g} s: {claim}; last seen: {last!r}\n{processes.all_tails()}")
        time.sleep(every)


def holds(claim, check, seconds, every=0.1):
    """check() answers something true for as long as that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = check()
        assert seen, f"held not for {seconds:g} s: {claim}\n{processes.all_tails()}"
        time.sleep(every)
