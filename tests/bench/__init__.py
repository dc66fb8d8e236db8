"""The benchmark: sluice, the limits of the machine and its peers, measured side by side in one run. README.md says how."""
