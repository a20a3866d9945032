"""What reviewers and auditors read, made from `snapshot.model.Report` and nothing else."""
