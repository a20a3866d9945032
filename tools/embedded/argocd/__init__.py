"""GitOps on the embedded cluster: Argo CD's own controllers as processes, and a bare Git repository for them."""
