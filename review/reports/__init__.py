"""What reviewers and auditors read, made from a `review.model.Report` and nothing else."""
