"""The soak: the real stack under a random workload with random faults, for as long as asked (README.md)."""
