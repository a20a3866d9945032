"""Stack files that must be refused, and the sentences that refuse them.

The unit tests give every case to `parse`, the integration test to the real engine. tests/support/stacks.py says how a
configuration is written here.
"""
# ruff: noqa: E501 (the sentences stand here as a person reads them)

from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.stacks import Secret, good_config


@dataclass(frozen=True)
class BadStack:
    """One bad stack file.

    Attributes:
        id: What is wrong with it.
        changes: What differs from the good configuration, by path ("api.autoscaling.min"); None takes a key away.
        errors: Every sentence that refuses it, in order, and no other.
        environment: Which good configuration is broken.
        engine: What the engine says after "Stack '...'", where its own check of types answers before the program runs.
    """

    id: str
    changes: Mapping[str, object]
    errors: tuple[str, ...]
    environment: str
    engine: str

    @property
    def config(self) -> dict[str, object]:
        """The whole configuration of the bad stack."""
        config = good_config(self.environment)
        for path, value in self.changes.items():
            *parents, last = path.split(".")
            place = config
            for parent in parents:
                place = place.setdefault(parent, {})  # type: ignore[assignment]
            if value is None:
                del place[last]
            else:
                place[last] = value
        return config


def _bad(id_: str, changes: Mapping[str, object], *errors: str, environment: str = "dev", engine: str = "") -> BadStack:
    return BadStack(id_, changes, errors, environment, engine)


PLAIN_SECRETS = {
    "secretKey": "plain-django-key-" * 4,
    "jwtSecretKey": "plain-jwt-key-" * 4,
    "dbUser": "plain-user",
    "dbPassword": "plain-database-password",
    "redisPassword": "plain-redis-password",
    "registryToken": "plain-registry-token",
}
NIGHTLY = {"kind": "allow", "days": "daily", "from": "02:00", "to": "04:00"}
SSO = {"name": "Okta", "issuer": "https://smarthr360.okta.com", "clientId": "argocd"}

# fmt: off
BAD_STACKS = (
    _bad("workers neither counted nor scaled", {"worker.replicas": None, "worker.concurrency": 2},
         "smarthr360:worker.replicas: is missing; allowed is a number of pods, or autoscaling in its place"),
    _bad("workers counted and scaled", {"worker.autoscaling": {"min": 1, "max": 2}},
         "smarthr360:worker.replicas: 1 is set beside autoscaling; allowed is one of the two, as each would undo the other"),
    _bad("a secret with a line break", {"secrets.dbPassword": Secret("sixteen-or-more\ncharacters")},
         "smarthr360:secrets.dbPassword: holds a line break or another control character; allowed is printable text"),
    _bad("a second beat", {"beat.replicas": 2},
         "smarthr360:beat.replicas: is not allowed: beat is exactly one pod, two would send every scheduled task twice"),
    _bad("a scaled beat", {"beat.autoscaling": {"min": 1, "max": 2}},
         "smarthr360:beat.autoscaling: is not allowed: beat is exactly one pod, two would send every scheduled task twice"),
    _bad("a budget that blocks every drain", {"api.minAvailable": 1, "nginx.minAvailable": 2},
         "smarthr360:api.minAvailable: 1 is not below autoscaling.min 1, so that no node could ever be drained",
         "smarthr360:nginx.minAvailable: 2 is not below replicas 1, so that no node could ever be drained"),
    _bad("an unknown issuer", {"edge.tls.issuer": "production"},
         'smarthr360:edge.tls.issuer: "production" is not known; allowed is staging or prod'),
    _bad("an edge of another kind", {"edge.kind": "nodeport"},
         'smarthr360:edge.kind: "nodeport" is not known; allowed is gateway or ingress'),
    _bad("no sizes of the shared volumes", {"storage": {}},
         "smarthr360:storage.media: is missing; type for example `pulumi config set --path smarthr360:storage.media 25Gi`",
         "smarthr360:storage.mlModels: is missing; type for example `pulumi config set --path smarthr360:storage.mlModels 10Gi`"),
    _bad("one class for both kinds of volume", {"storage.classes.readWriteMany": "smarthr360-rwo"},
         "smarthr360:storage.classes.readWriteMany: smarthr360-rwo is the class of volumes that one node mounts; allowed is another, whose volumes many nodes mount at once"),
    _bad("a block storage class for shared volumes", {"storage.classes.readWriteMany": "gp3"},
         "smarthr360:storage.classes.readWriteMany: gp3 is block storage, which one node mounts; allowed is a file storage class such as efs-sc, standard-rwx or azurefile-csi"),
    # Wrong types
    _bad("text where a number is due", {"api.autoscaling.min": "one"},
         'smarthr360:api.autoscaling.min: "one" is text; allowed is a whole number from 1 to 1000'),
    _bad("a number in quotes where a number is due", {"api.autoscaling.max": "3"},
         'smarthr360:api.autoscaling.max: "3" is text; allowed is a whole number from 1 to 1000'),
    _bad("a fraction where a whole number is due", {"api.gunicorn.workers": 2.5},
         "smarthr360:api.gunicorn.workers: 2.5 is a number; allowed is a whole number from 1 to 1000"),
    _bad("a boolean where a number is due", {"api.gunicorn.threads": True},
         "smarthr360:api.gunicorn.threads: true is a boolean; allowed is a whole number from 1 to 1000"),
    _bad("text where a boolean is due", {"app.debug": "yes"},
         'smarthr360:app.debug: "yes" is text; allowed is true or false'),
    _bad("a number where text is due", {"images.tag": 1},
         "smarthr360:images.tag: 1 is a number, to be written in quotes; allowed is a fixed image tag such as 1.0.0 or develop-4f2a9c1"),
    _bad("a list where text is due", {"cluster.existing.context": ["a", "b"]},
         "smarthr360:cluster.existing.context: is a list; allowed is text that is not empty"),
    _bad("text where a list is due", {"hosts.site": "dev.smarthr360.com"},
         'smarthr360:hosts.site: "dev.smarthr360.com" is text; allowed is a list of one or more, each a full host name in lower case such as dev.smarthr360.com'),
    _bad("text where an object is due", {"api.resources.cpu": "500m"},
         "smarthr360:api.resources.cpu: is text; allowed is an object with the keys request, limit"),
    _bad("an object where text is due", {"postgres.storage": {"size": "10Gi"}},
         "smarthr360:postgres.storage: is an object; allowed is a size in bytes from 2Gi to 32767Gi such as 10Gi"),
    _bad("a secret that is a number", {"secrets.redisPassword": 1234567890123456},
         "smarthr360:secrets.redisPassword: is a number; allowed is a secret of 16 characters or more"),
    _bad("a fraction where a quantity is due", {"api.resources.cpu.limit": 0.5},
         "smarthr360:api.resources.cpu.limit: 0.5 is a number, to be written in quotes; allowed is a number of cores from 1m to 1920, in whole thousandths, such as 500m, 2 or 1.5"),
    _bad("a whole section that is text", {"api": "three pods"},
         "smarthr360:api: is text; allowed is an object with the keys resources, autoscaling, minAvailable, sessionAffinity, gunicorn",
         engine="with configuration key 'smarthr360:api' must be of type 'object'"),
    _bad("a whole section that is a list", {"hosts": ["dev.smarthr360.com"]},
         "smarthr360:hosts: is a list; allowed is an object with the keys site, api",
         engine="with configuration key 'smarthr360:hosts' must be of type 'object'"),
    _bad("an environment that is an object", {"environment": {"name": "dev"}},
         'smarthr360:environment: "{\\"name\\": \\"dev\\"}" is not a DNS name; allowed is dev, staging, production or a name of your own of lower-case letters, digits and hyphens such as qa',
         engine="with configuration key 'smarthr360:environment' must be of type 'string'"),
    _bad("all secrets in one text", {"secrets": Secret("a-password-for-everything")},
         "smarthr360:secrets: is text; allowed is an object with the keys secretKey, jwtSecretKey, dbUser, dbPassword, redisPassword, registryToken, sentryDsn, elasticApmSecretToken, gitToken, slackToken, ssoClientSecret",
         engine="with configuration key 'smarthr360:secrets' must be of type 'object'"),
    # Unknown keys
    _bad("an unknown section", {"replicas": 3},
         "smarthr360:replicas: is not a known key, the nearest is redis; known here: environment, namespace, delivery, cluster, hosts, images, app, api, worker, beat, nginx, storage, edge, network, monitoring, addons, postgres, redis, argocd, gitops, externalSecrets, secrets"),
    _bad("a misspelled section", {"postgress": {"storage": "10Gi"}},
         "smarthr360:postgress: is not a known key, the nearest is postgres; known here: environment, namespace, delivery, cluster, hosts, images, app, api, worker, beat, nginx, storage, edge, network, monitoring, addons, postgres, redis, argocd, gitops, externalSecrets, secrets"),
    _bad("a misspelled key", {"api.autoscaling.maximum": 4},
         "smarthr360:api.autoscaling.maximum: is not a known key, the nearest is max; known here: min, max, cpu, memory"),
    _bad("a misspelled key that must be set", {"cluster": {"eks": {"name": "staging", "region": "eu-west-3", "create": {"versoin": "1.35"}}}},
         "smarthr360:cluster.eks.create.versoin: is not a known key, the nearest is version; known here: network, apiAccess, tags, overrides, version, zones, nat, admins, logDays, nodes"),
    _bad("a key in another style", {"app.log_level": "DEBUG"},
         "smarthr360:app.log_level: is not a known key, the nearest is logLevel; known here: debug, logLevel, hsts"),
    _bad("a key nothing resembles", {"redis.eviction": "allkeys-lru"},
         "smarthr360:redis.eviction: is not a known key; known here: storage, maxMemory, resources"),
    _bad("a digest of an unknown image", {"images.digests.apii": "sha256:" + "a" * 64},
         "smarthr360:images.digests.apii: is not a known key, the nearest is api; known here: api, celery, nginx"),
    _bad("an unknown secret", {"secrets.dbPasswort": Secret("not-a-real-misspelled-password")},
         "smarthr360:secrets.dbPasswort: is not a known key, the nearest is dbPassword; known here: secretKey, jwtSecretKey, dbUser, dbPassword, redisPassword, registryToken, sentryDsn, elasticApmSecretToken, gitToken, slackToken, ssoClientSecret"),
    # Missing keys
    _bad("no environment", {"environment": None},
         "smarthr360:environment: is missing; type for example `pulumi config set --path smarthr360:environment dev`"),
    _bad("no section for the API", {"api": None},
         "smarthr360:api.resources.cpu.request: is missing; type for example `pulumi config set --path smarthr360:api.resources.cpu.request 500m`",
         "smarthr360:api.resources.cpu.limit: is missing; type for example `pulumi config set --path smarthr360:api.resources.cpu.limit 500m`",
         "smarthr360:api.resources.memory.request: is missing; type for example `pulumi config set --path smarthr360:api.resources.memory.request 512Mi`",
         "smarthr360:api.resources.memory.limit: is missing; type for example `pulumi config set --path smarthr360:api.resources.memory.limit 512Mi`",
         "smarthr360:api.autoscaling.min: is missing; type for example `pulumi config set --path smarthr360:api.autoscaling.min 2`",
         "smarthr360:api.autoscaling.max: is missing; type for example `pulumi config set --path smarthr360:api.autoscaling.max 5`"),
    _bad("no hosts of the API", {"hosts.api": None},
         "smarthr360:hosts.api: is missing; type for example `pulumi config set --path 'smarthr360:hosts.api[0]' api.dev.smarthr360.com`"),
    _bad("a missing secret", {"secrets.dbPassword": None},
         "smarthr360:secrets.dbPassword: is missing; type `pulumi config set --path --secret smarthr360:secrets.dbPassword`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster"),
    _bad("no cluster and no secrets, as committed", {"cluster": None, "secrets": None},
         "smarthr360:cluster: is missing; allowed is an object with the keys existing, eks, gke, aks, or let `make up` set it for the embedded cluster",
         "smarthr360:secrets.secretKey: is missing; type `pulumi config set --path --secret smarthr360:secrets.secretKey`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster",
         "smarthr360:secrets.jwtSecretKey: is missing; type `pulumi config set --path --secret smarthr360:secrets.jwtSecretKey`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster",
         "smarthr360:secrets.dbUser: is missing; type `pulumi config set --path --secret smarthr360:secrets.dbUser`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster",
         "smarthr360:secrets.dbPassword: is missing; type `pulumi config set --path --secret smarthr360:secrets.dbPassword`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster",
         "smarthr360:secrets.redisPassword: is missing; type `pulumi config set --path --secret smarthr360:secrets.redisPassword`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster",
         "smarthr360:secrets.registryToken: is missing; type `pulumi config set --path --secret smarthr360:secrets.registryToken`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster"),
    # Quantities, durations, bounds
    _bad("a quantity with a unit of its own", {"postgres.storage": "10GB"},
         'smarthr360:postgres.storage: "10GB" is not a quantity; allowed is a size in bytes from 2Gi to 32767Gi such as 10Gi'),
    _bad("a quantity of nothing", {"api.resources.cpu.request": "0"},
         'smarthr360:api.resources.cpu.request: "0" is not above 0; allowed is a number of cores from 1m to 1920, in whole thousandths, such as 500m, 2 or 1.5'),
    _bad("a negative quantity", {"redis.storage": "-1Gi"},
         'smarthr360:redis.storage: "-1Gi" is not above 0; allowed is a size in bytes from 1Gi to 32767Gi such as 10Gi'),
    _bad("memory in thousandths of a byte", {"api.resources.memory.request": "512m"},
         'smarthr360:api.resources.memory.request: "512m" is a fraction of a byte; allowed is a size in bytes from 12Mi to 32Ti such as 512Mi or 2Gi'),
    _bad("a CPU request above its limit", {"api.resources.cpu.request": "1.5"},
         "smarthr360:api.resources.cpu.request: 1.5 is above limit 500m"),
    _bad("a memory request above its limit in another unit", {"api.resources.memory.request": "1025Mi"},
         "smarthr360:api.resources.memory.request: 1025Mi is above limit 1Gi"),
    _bad("no room around what Redis holds", {"redis.maxMemory": "2048Mi"},
         "smarthr360:redis.maxMemory: 2048Mi is more than half of resources.memory.limit 2Gi, all of which it can take while it rewrites its file; allowed is half of it"),
    _bad("min above max", {"api.autoscaling.min": 5},
         "smarthr360:api.autoscaling.min: 5 is above max 3"),
    _bad("no pods at all", {"api.autoscaling.min": 0},
         "smarthr360:api.autoscaling.min: 0 is too small; allowed is a whole number from 1 to 1000"),
    _bad("a percentage above 100", {"api.autoscaling.cpu": 170},
         "smarthr360:api.autoscaling.cpu: 170 is too large; allowed is a whole number from 1 to 100"),
    _bad("a bad duration", {"app.hsts": "1 year"},
         'smarthr360:app.hsts: "1 year" is not a duration; allowed is a duration in whole seconds up to 17520h such as 8760h, or 0s'),
    _bad("a timeout that never comes", {"api.gunicorn.timeout": "0s"},
         'smarthr360:api.gunicorn.timeout: "0s" is below 1s; allowed is a duration in whole seconds from 1s to 120s such as 120s or 1m30s'),
    # Names
    _bad("a short production", {"environment": "prod"},
         'smarthr360:environment: "prod" looks like production; allowed is dev, staging, production or a name of your own of lower-case letters, digits and hyphens such as qa'),
    _bad("a misspelt production", {"environment": "prodcution"},
         'smarthr360:environment: "prodcution" looks like production; allowed is dev, staging, production or a name of your own of lower-case letters, digits and hyphens such as qa'),
    _bad("an unknown kind of cluster", {"cluster": {"eksctl": {"region": "eu-west-1"}}},
         "smarthr360:cluster.eksctl: is not a known key, the nearest is eks; known here: existing, eks, gke, aks"),
    _bad("no kind of cluster", {"cluster": {"existing": None}},
         "smarthr360:cluster: is empty; allowed is one of existing, eks, gke, aks"),
    _bad("two clusters", {"cluster.eks": {"name": "a", "region": "eu-west-3"}},
         "smarthr360:cluster: has existing and eks; allowed is one of existing, eks, gke, aks"),
    _bad("a control plane for everybody", {"cluster": {"eks": {"name": "a", "region": "eu-west-3", "create": {"version": "1.35", "apiAccess": ["0.0.0.0/0"]}}}},
         'smarthr360:cluster.eks.create.apiAccess[0]: "0.0.0.0/0" lets almost everybody in; allowed is a range of addresses such as 203.0.113.0/24, no wider than /8'),
    _bad("a version that the cloud has not", {"cluster": {"gke": {"name": "a", "region": "europe-west9", "project": "p", "create": {"version": "1.20"}}}},
         'smarthr360:cluster.gke.create.version: "1.20" is not offered; allowed is a version that GKE supports: 1.34 or 1.35 or 1.36'),
    _bad("a name that Google does not allow", {"cluster": {"gke": {"name": "SmartHR360", "region": "europe-west9", "project": "p"}}},
         'smarthr360:cluster.gke.name: "SmartHR360" is not a valid cluster name; allowed is a name of at most 40 lower-case letters, digits and hyphens that begins with a letter, such as smarthr360-staging'),
    _bad("a name that leaves no room for its nodes' account", {"cluster": {"gke": {"name": "smarthr360-production-paris", "region": "europe-west9", "project": "p", "create": {"version": "1.35", "filestore": "basic"}}}},
         "smarthr360:cluster.gke.name: smarthr360-production-paris is too long for a cluster that the stack makes; allowed are at most 24 characters"),
    _bad("a cluster in one zone", {"cluster": {"gke": {"name": "a", "region": "europe-west9-b", "project": "p", "create": {"version": "1.35", "filestore": "basic"}}}},
         "smarthr360:cluster.gke.region: europe-west9-b is a zone; a cluster is made in a region such as europe-west9"),
    _bad("a label that Google does not allow", {"cluster": {"gke": {"name": "a", "region": "europe-west9", "project": "p", "create": {"version": "1.35", "filestore": "basic", "tags": {"team": "Payroll"}}}}},
         "smarthr360:cluster.gke.create.tags.team: is not a label that Google takes; allowed are lower-case letters, digits, _ and - in key and value, at most 63 of them, the key beginning with a letter"),
    _bad("more nodes than there are addresses for", {"cluster": {"gke": {"name": "a", "region": "europe-west9", "project": "p", "create": {"version": "1.35", "filestore": "basic", "nodes": {"max": 120}}}}},
         "smarthr360:cluster.gke.create.nodes.max: 120 is too large; allowed is a whole number from 1 to 100"),
    _bad("a shared volume that Filestore can't make", {"cluster": {"gke": {"name": "a", "region": "europe-west9", "project": "p", "create": {"version": "1.35"}}}},
         "smarthr360:storage.mlModels: 5Gi is below 10Gi, the smallest share of Filestore's enterprise tier; allowed is 10Gi, or smarthr360:cluster.gke.create.filestore basic"),
    _bad("an unknown delivery", {"delivery": "argo"},
         'smarthr360:delivery: "argo" is not known; allowed is gitops, direct or render'),
    _bad("an unknown log level", {"app.logLevel": "debug"},
         'smarthr360:app.logLevel: "debug" is not known; allowed is DEBUG, INFO, WARNING or ERROR'),
    _bad("a namespace with a dot", {"namespace": "smarthr360.dev"},
         'smarthr360:namespace: "smarthr360.dev" has a dot; allowed is a name of at most 63 lower-case letters, digits and hyphens, not one that Kubernetes or a controller uses, such as smarthr360-dev'),
    _bad("a host with a scheme", {"hosts.site": ["https://dev.smarthr360.com"]},
         'smarthr360:hosts.site[0]: "https://dev.smarthr360.com" has a scheme; allowed is a full host name in lower case such as dev.smarthr360.com'),
    _bad("a host with a port", {"hosts.api": ["api.dev.smarthr360.com", "api.dev.smarthr360.com:8443"]},
         'smarthr360:hosts.api[1]: "api.dev.smarthr360.com:8443" has a port; allowed is a full host name in lower case such as dev.smarthr360.com'),
    _bad("a host without a domain", {"hosts.site": ["localhost"]},
         'smarthr360:hosts.site[0]: "localhost" has no dot; allowed is a full host name in lower case such as dev.smarthr360.com'),
    _bad("a host in upper case", {"hosts.site": ["Dev.smarthr360.com"]},
         'smarthr360:hosts.site[0]: "Dev.smarthr360.com" has upper-case letters; allowed is a full host name in lower case such as dev.smarthr360.com'),
    _bad("no host", {"hosts.site": []},
         "smarthr360:hosts.site: is empty; allowed is a list of one or more, each a full host name in lower case such as dev.smarthr360.com"),
    _bad("a host twice in one list", {"hosts.site": ["dev.smarthr360.com", "dev.smarthr360.com"]},
         "smarthr360:hosts.site: dev.smarthr360.com is in the list more than once; allowed is each host once"),
    _bad("a host in both lists", {"hosts.api": ["api.dev.smarthr360.com", "dev.smarthr360.com"]},
         "smarthr360:hosts.api: dev.smarthr360.com is in hosts.site as well; allowed is one of the two"),
    _bad("an empty context", {"cluster.existing.context": ""},
         "smarthr360:cluster.existing.context: is empty; allowed is text that is not empty"),
    _bad("a storage class with a space", {"storage.classes.readWriteMany": "shared disk"},
         'smarthr360:storage.classes.readWriteMany: "shared disk" is not a DNS name; allowed is a name of lower-case letters, digits, hyphens and dots such as standard-rwo'),
    # Images
    _bad("a floating tag", {"images.tag": "latest"},
         'smarthr360:images.tag: "latest" changes its meaning with every release; allowed is a fixed image tag such as 1.0.0 or develop-4f2a9c1'),
    _bad("a floating image", {"images.redis": "docker.io/library/redis:latest"},
         'smarthr360:images.redis: "docker.io/library/redis:latest" has a tag that changes its meaning with every release; allowed is an image with registry host and fixed tag or digest such as docker.io/library/redis:7.4.5-alpine3.21'),
    _bad("an image without a registry", {"images.postgres": "postgres:15.14"},
         'smarthr360:images.postgres: "postgres:15.14" has no registry host; allowed is an image with registry host and fixed tag or digest such as docker.io/library/redis:7.4.5-alpine3.21'),
    _bad("an image without a tag", {"images.redis": "docker.io/library/redis"},
         'smarthr360:images.redis: "docker.io/library/redis" has neither tag nor digest; allowed is an image with registry host and fixed tag or digest such as docker.io/library/redis:7.4.5-alpine3.21'),
    _bad("a registry in upper case", {"images.registry": "ghcr.io/SmartHR360"},
         'smarthr360:images.registry: "ghcr.io/SmartHR360" has upper-case letters; allowed is a registry host with a path in lower case such as ghcr.io/smarthr360'),
    _bad("a short digest", {"images.digests.api": "sha256:4f2a9c1"},
         'smarthr360:images.digests.api: "sha256:4f2a9c1" is not a digest; allowed is a digest such as "sha256:" with 64 lower-case hexadecimal digits'),
    # Delivery by GitOps
    _bad("a token in the repository's URL", {"gitops.repository": "https://somebody:1234567890123456@github.com/smarthr360/platform.git"},
         "smarthr360:gitops.repository: has what looks like a user name, token or password before an @; allowed is a Git URL that begins with https://, ssh://, git@ or file:/// such as https://github.com/smarthr360/smarthr360-platform.git"),
    _bad("a window without a time zone", {"gitops.windows": [NIGHTLY]},
         "smarthr360:gitops.timeZone: is missing, and windows need one; allowed is an IANA time zone such as Europe/Paris"),
    _bad("windows with faults of their own", {"gitops.windows": [{**NIGHTLY, "days": "someday"}, {**NIGHTLY, "to": "4am"}, {**NIGHTLY, "hours": 2}, {**NIGHTLY, "kind": "forbid"}]},
         'smarthr360:gitops.windows[0].days: "someday" is not a day; allowed is daily, weekdays, weekends or a list of days such as [monday, friday]',
         'smarthr360:gitops.windows[1].to: "4am" is not a time of day; allowed is a time of day from 00:00 to 24:00 such as 02:00',
         "smarthr360:gitops.windows[2].hours: is not a known key; known here: kind, days, from, to, manual",
         'smarthr360:gitops.windows[3].kind: "forbid" is not known; allowed is allow or deny',
         environment="production"),
    _bad("windows that overlap", {"gitops.windows": [NIGHTLY, {**NIGHTLY, "days": "weekdays", "from": "03:00", "to": "05:00"}]},
         "smarthr360:gitops.windows[1]: allow monday to friday 03:00-05:00 overlaps windows[0], daily 02:00-04:00; allowed is each minute in one window of a kind",
         environment="production"),
    _bad("a window that never opens", {"gitops.windows": [NIGHTLY, {**NIGHTLY, "kind": "deny", "from": "00:00"}]},
         "smarthr360:gitops.windows[0]: daily 02:00-04:00 lies inside deny windows, so that it never opens; allowed is some time outside",
         environment="production"),
    _bad("a channel with # and no events", {"gitops.slack": {"channel": "#deployments", "events": []}},
         'smarthr360:gitops.slack.channel: "#deployments" begins with #; allowed is a Slack channel without # such as deployments',
         "smarthr360:gitops.slack.events: is empty; allowed is a list of one or more, each succeeded, failed, degraded or out-of-sync"),
    _bad("single sign-on without a way back", {"argocd.sso": SSO},
         "smarthr360:argocd.url: is missing, and sso sends people back to it; allowed is an address that begins with https:// such as https://argocd.smarthr360.com"),
    _bad("a token for a repository that takes none", {"delivery": "gitops", "gitops.repository": "git@github.com:smarthr360/platform.git", "secrets.gitToken": Secret("not-a-real-git-token")},
         "smarthr360:secrets.gitToken: needs a gitops.repository that begins with https://; allowed is such a URL, or no token"),
    _bad("messages to Slack without its token", {"delivery": "gitops"},
         "smarthr360:secrets.slackToken: is missing, and gitops.slack needs it; type `pulumi config set --path --secret smarthr360:secrets.slackToken`",
         environment="staging"),
    _bad("single sign-on without its secret", {"delivery": "gitops", "argocd": {"url": "https://argocd.smarthr360.com", "sso": SSO}},
         "smarthr360:secrets.ssoClientSecret: is missing, and argocd.sso needs it; type `pulumi config set --path --secret smarthr360:secrets.ssoClientSecret`"),
    # Secrets
    _bad("no token for the registry", {"secrets.registryToken": None},
         "smarthr360:secrets.registryToken: is missing; type `pulumi config set --path --secret smarthr360:secrets.registryToken`, or take it from a secret manager by smarthr360:externalSecrets, or let `make up` set it for the embedded cluster"),
    _bad("a short Django key", {"secrets.secretKey": Secret("short-django-key")},
         "smarthr360:secrets.secretKey: is too short; allowed is a secret of 50 characters or more"),
    _bad("a short and an empty secret", {"secrets.dbPassword": Secret("hunter2"), "secrets.dbUser": Secret("")},
         "smarthr360:secrets.dbUser: is empty; allowed is a secret that is not empty",
         "smarthr360:secrets.dbPassword: is too short; allowed is a secret of 16 characters or more"),
    _bad("secrets in plain text", {"secrets": PLAIN_SECRETS},
         "smarthr360:secrets: is not encrypted; type `pulumi config set --path --secret smarthr360:secrets.NAME` for each, with a new value where the old one was committed"),
    _bad("a secret in the wrong place", {"app.logLevel": Secret("not-a-real-level")},
         "smarthr360:app: is encrypted, in whole or in part; allowed is plain text only, secrets belong in smarthr360:secrets"),
    # Secrets from elsewhere
    _bad("secrets here and elsewhere", {"externalSecrets": {"store": "existing", "clusterStore": "vault"}, "secrets": {"dbPassword": Secret("not-a-real-database-password"), "gitTokn": Secret("not-a-real-git-token")}},
         "smarthr360:secrets.dbPassword: is not allowed beside externalSecrets, from whose secret manager it comes; type `pulumi config rm --path smarthr360:secrets.dbPassword`",
         "smarthr360:secrets.gitTokn: is not a known key, the nearest is gitToken; known here: secretKey, jwtSecretKey, dbUser, dbPassword, redisPassword, registryToken, sentryDsn, elasticApmSecretToken, gitToken, slackToken, ssoClientSecret"),
    _bad("secrets of a cloud that is not known", {"externalSecrets": {"store": "cloud"}, "secrets": {"gitToken": Secret("not-a-real-git-token")}},
         "smarthr360:externalSecrets.store: cloud is not possible with cluster.existing, whose cloud is not known; allowed is existing"),
    _bad("secrets of a store without a name", {"externalSecrets": {"store": "existing"}, "secrets": None},
         "smarthr360:externalSecrets.clusterStore: is missing, and store existing needs it; allowed is a name of lower-case letters, digits, hyphens and dots such as standard-rwo"),
    _bad("a store's name that is not used", {"externalSecrets": {"store": "cloud", "clusterStore": "vault"}, "secrets": None},
         "smarthr360:externalSecrets.clusterStore: is not used by store cloud; allowed is store existing, or no clusterStore"),
    _bad("secrets from nowhere", {"externalSecrets": {"key": "smarthr360/", "refresh": "often"}, "secrets": None},
         "smarthr360:externalSecrets.store: is missing; type for example `pulumi config set --path smarthr360:externalSecrets.store cloud`",
         'smarthr360:externalSecrets.key: "smarthr360/" has a part that is empty or has other characters; allowed is a name of letters, digits, hyphens and slashes such as smarthr360/staging',
         'smarthr360:externalSecrets.refresh: "often" is not a duration; allowed is a duration in whole seconds from 1m to 24h such as 1h'),
    # Rules of an environment, and several faults at once
    _bad("debug in production", {"app.debug": True},
         "smarthr360:app.debug: true is not allowed in production, where its pages would show settings to anyone",
         environment="production"),
    _bad("production that syncs by itself", {"gitops.automated": True},
         "smarthr360:gitops.automated: true is not allowed in production, where somebody has to approve; set false",
         environment="production"),
    _bad("production that syncs by itself by default", {"gitops.automated": None},
         "smarthr360:gitops.automated: true is not allowed in production, where somebody has to approve; set false",
         environment="production"),
    _bad("debug in production beside a broken key", {"app.debug": True, "postgres.storage": "big", "api.autoscaling.min": 11},
         "smarthr360:app.debug: true is not allowed in production, where its pages would show settings to anyone",
         "smarthr360:api.autoscaling.min: 11 is above max 10",
         'smarthr360:postgres.storage: "big" is not a quantity; allowed is a size in bytes from 2Gi to 32767Gi such as 10Gi',
         environment="production"),
    _bad("one fault of every sort", {"namespace": "SmartHR360", "images.tag": None, "api.resources.cpu.request": "2", "api.autoscaling": {"min": 4, "max": 2, "scale": 1}, "hosts.site": [], "gateway": {"class": "nginx"}, "secrets.secretKey": Secret("too-short")},
         'smarthr360:namespace: "SmartHR360" has upper-case letters; allowed is a name of at most 63 lower-case letters, digits and hyphens, not one that Kubernetes or a controller uses, such as smarthr360-dev',
         "smarthr360:hosts.site: is empty; allowed is a list of one or more, each a full host name in lower case such as dev.smarthr360.com",
         "smarthr360:images.tag: is missing; type for example `pulumi config set --path smarthr360:images.tag 1.0.0`",
         "smarthr360:api.resources.cpu.request: 2 is above limit 1000m",
         "smarthr360:api.autoscaling.scale: is not a known key; known here: min, max, cpu, memory",
         "smarthr360:secrets.secretKey: is too short; allowed is a secret of 50 characters or more",
         "smarthr360:gateway: is not a known key; known here: environment, namespace, delivery, cluster, hosts, images, app, api, worker, beat, nginx, storage, edge, network, monitoring, addons, postgres, redis, argocd, gitops, externalSecrets, secrets",
         environment="staging"),
)
# fmt: on
