"""What the project runs around its program: the engine, the embedded cluster, the local stacks."""
