"""What a manifest means, as Kubernetes, Argo CD and the network read it.

Policies and reviews both ask here, so that they can't read one manifest in two ways. Nothing in here knows Pulumi, Git
or a report, or imports what does.
"""
