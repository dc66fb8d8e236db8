"""What the Python tests stand on: one module a thing that can be started, stopped, killed or asked."""
