"""The embedded default: stacks on this machine, with the real engine, a local backend and the embedded cluster."""
