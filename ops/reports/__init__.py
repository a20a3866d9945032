"""What reviewers and auditors read, made from `ops.model.Report` and nothing else."""
