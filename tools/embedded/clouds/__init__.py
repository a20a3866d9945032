"""Stand-ins for AWS, Google Cloud and Azure where no cloud answers; docs/clouds-without-a-cloud.md is about them."""
