"""What keeps and what breaks the policies for what is around the pods: network, edge, availability, data."""

from __future__ import annotations

from dataclasses import replace

from tests.support.policy_cases import API, CONFIG, NGINX, POD, SERVICE
from tests.support.policy_examples import NAMESPACE, Example, edited, edits, made, of_cloud, ours

BEAT = ours("Deployment", "smarthr360-beat", "staging")
CERTIFICATE = ours("Certificate", "smarthr360-tls")
BUDGET = ours("PodDisruptionBudget", "smarthr360-api")
DENY = ours("NetworkPolicy", "default-deny")
FROM_EDGE = ours("NetworkPolicy", "from-edge")
GATEWAY = ours("Gateway", "smarthr360")
INTERNET = ours("NetworkPolicy", "calls-out")
ISSUER = ours("Issuer", "letsencrypt")
LISTENERS = GATEWAY.manifest["spec"]["listeners"]
MEDIA = ours("PersistentVolumeClaim", "media")
NGINX_BUDGET = ours("PodDisruptionBudget", "smarthr360-nginx")
POSTGRES = ours("StatefulSet", "postgres")
ROUTE = ours("HTTPRoute", "smarthr360-api")

INGRESS = made(
    "networking.k8s.io/v1",
    "Ingress",
    "site",
    spec={
        "tls": [{"hosts": ["smarthr360.com"], "secretName": "smarthr360-tls"}],
        "rules": [{"host": "smarthr360.com"}],
    },
)
DISKS = made("storage.k8s.io/v1", "StorageClass", "smarthr360-rwo", namespace=None, provisioner="ebs.csi.aws.com")
HOST = made(
    "networking.k8s.aws/v1alpha1",
    "ClusterNetworkPolicy",
    "dns",
    namespace=None,
    spec={"egress": [{"action": "Accept", "to": [{"networks": ["192.0.2.10/32"]}]}]},
)
ENVOYS = made(
    "gateway.envoyproxy.io/v1alpha1",
    "EnvoyProxy",
    "eg",
    "envoy-gateway-system",
    spec={"provider": {"kubernetes": {"envoyService": {"type": "LoadBalancer"}}}},
)
ANYWHERE = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]

REFERENCES = [
    Example(
        "references-lead-to-objects",
        edited(API, f"{POD}.containers.0.envFrom.0.configMapRef", {"name": "none", "optional": True}),
        edits(
            API,
            no_config_map=(f"{POD}.containers.0.envFrom.0.configMapRef.name", "none"),
            no_key=(f"{POD}.imagePullSecrets", [{"name": "redis-secrets"}]),
            no_account=(f"{POD}.serviceAccountName", "none"),
        )
        | edits(CERTIFICATE, no_issuer=("spec.issuerRef.name", "none")),
    ),
    Example(
        "volumes-are-mounted",
        NGINX,
        edits(
            NGINX,
            no_file=(f"{POD}.containers.0.command.2", "/etc/nginx/smarthr360/none.conf"),
            no_volume=(f"{POD}.containers.0.volumeMounts.0.name", "none"),
        ),
    ),
    Example(
        "selectors-select-pods",
        SERVICE,
        edits(SERVICE, no_pods=("spec.selector", {"app.kubernetes.io/component": "none"}))
        | edits(FROM_EDGE, no_pods_of_ours=("spec.podSelector", {"matchLabels": {"app": "none"}})),
    ),
    Example(
        "ports-are-listened-on",
        SERVICE,
        edits(SERVICE, no_port=("spec.ports.0.targetPort", "none"))
        | edits(CONFIG, no_service=("data.DB_HOST", "none"), no_such_port=("data.DB_PORT", "1"))
        | edits(ROUTE, no_backend=("spec.rules.0.backendRefs.0.port", 1)),
    ),
    Example(
        "certificates-are-for-their-hosts",
        ROUTE,
        edits(ROUTE, another_host=("spec.hostnames.0", "api.example.com")),
    ),
]

NETWORK = [
    Example(
        "network-denies-ingress",
        DENY,
        edits(
            DENY,
            one_direction=("spec.policyTypes", ["Egress"]),
            some_pods=("spec.podSelector", {"matchLabels": {"app.kubernetes.io/component": "api"}}),
        ),
        blamed="Deployment smarthr360-api",
    ),
    Example(
        "network-denies-egress",
        DENY,
        edits(DENY, one_direction=("spec.policyTypes", ["Ingress"])),
        # It selects all pods and names whom they call, so that it denies the rest.
        removed=(("NetworkPolicy", "dns"),),
        blamed="Deployment smarthr360-api",
    ),
    Example(
        "network-policies-name-who-comes-in",
        FROM_EDGE,
        edits(
            FROM_EDGE,
            nobody_named=("spec.ingress.0.from", None),
            empty=("spec.ingress.0.from", []),
            internet=("spec.ingress.0.from", ANYWHERE),
        ),
    ),
    Example(
        "network-policies-name-who-is-called",
        INTERNET,
        edits(INTERNET, nobody_named=("spec.egress.0.to", None), everything=("spec.egress.0.to", ANYWHERE)),
    ),
    Example(
        "network-policies-are-kubernetes-own",
        HOST,
        edits(
            HOST,
            a_network=("spec.egress.0.to.0.networks", ["192.0.2.0/24"]),
            credentials=("spec.egress.0.to.0.networks", ["169.254.169.254/32"]),
            everybody=("spec.egress.0.to", None),
            pods=("spec.egress.0.to", [{"namespaces": {}}]),
            inwards=("spec.ingress", [{"action": "Accept", "from": [{"namespaces": {}}]}]),
        )
        | {
            "of_a_plugin": made("cilium.io/v2", "CiliumNetworkPolicy", "open", spec={}),
            "of_the_administrator": made("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "a", None, spec={}),
        },
    ),
    Example(
        "services-lead-to-pods",
        SERVICE,
        edits(SERVICE, nobody=("spec.selector", None), a_name=("spec.externalName", "metadata.example.com"))
        | {
            "written_down": made("v1", "Endpoints", "smarthr360-api", subsets=[]),
            "in_a_slice": made("discovery.k8s.io/v1", "EndpointSlice", "smarthr360-api", endpoints=[]),
        },
    ),
    Example(
        "services-stay-inside",
        SERVICE,
        edits(
            SERVICE,
            load_balancer=("spec.type", "LoadBalancer"),
            node_port=("spec.type", "NodePort"),
            address=("spec.externalIPs", ["192.0.2.1"]),
        ),
    ),
]

EDGE = [
    Example(
        "gateways-end-tls",
        GATEWAY,
        edits(
            GATEWAY,
            no_certificate=("spec.listeners.1.tls.certificateRefs", []),
            another_protocol=("spec.listeners", [*LISTENERS, {"name": "raw", "protocol": "TCP", "port": 5432}]),
        ),
    ),
    Example(
        "plain-http-only-redirects",
        ROUTE,
        edits(
            ROUTE,
            http_listener=("spec.parentRefs.0.sectionName", "http"),
            every_listener=("spec.parentRefs.0.sectionName", None),
        ),
    ),
    Example(
        "ingresses-end-tls",
        INGRESS,
        edits(
            INGRESS,
            no_tls=("spec.tls", None),
            another_host=("spec.rules.0.host", "www.smarthr360.com"),
            every_host=("spec.rules.0.host", None),
            no_redirect=("metadata.annotations", {"nginx.ingress.kubernetes.io/ssl-redirect": "false"}),
        ),
    ),
    Example(
        "envoys-are-not-patched",
        ENVOYS,
        edits(
            ENVOYS,
            a_part=("spec.provider.kubernetes.envoyService.patch", {"value": {"spec": {}}}),
            configuration=("spec.bootstrap", {"value": "admin: {}"}),
        )
        | {"all": made("gateway.envoyproxy.io/v1alpha1", "EnvoyPatchPolicy", "eg", spec={})},
    ),
    Example(
        "production-has-trusted-certificates",
        ISSUER,
        edits(
            ISSUER,
            for_tests=("spec.acme.server", "https://acme-staging-v02.api.letsencrypt.org/directory"),
            self_signed=("spec", {"selfSigned": {}}),
        ),
    ),
]

AVAILABILITY = [
    Example(
        "production-runs-two-of-each",
        NGINX,
        edits(NGINX, one=("spec.replicas", 1), none_said=("spec.replicas", None))
        | {"one_that_serves": edited(edited(NGINX, "spec.strategy", {"type": "Recreate"}), "spec.replicas", 1)},
        beside=(edited(edited(NGINX_BUDGET, "spec.minAvailable"), "spec.maxUnavailable", 1),),
    ),
    Example(
        "production-has-disruption-budgets",
        NGINX_BUDGET,
        edits(
            NGINX_BUDGET,
            other_pods=("spec.selector.matchLabels", {"app.kubernetes.io/component": "ngimx"}),
            other_namespace=("metadata.namespace", "elsewhere"),
        ),
        blamed="Deployment smarthr360-nginx",
        also=("selectors-select-pods",),
    ),
    Example(
        "budgets-leave-room",
        edited(BUDGET, "spec.minAvailable", "50%"),
        edits(
            BUDGET,
            all_of_them=("spec.minAvailable", 3),
            in_percent=("spec.minAvailable", "80%"),
            none_to_spare=("spec", {"maxUnavailable": 0, "selector": BUDGET.manifest["spec"]["selector"]}),
        ),
    ),
    Example("replicas-have-one-owner", API, edits(API, both=("spec.replicas", 3))),
    Example(
        "beat-is-one",
        BEAT,
        edits(
            BEAT,
            two=("spec.replicas", 2),
            as_many_as_kubernetes_makes=("spec.replicas", None),
            two_during_a_rollout=("spec.strategy.type", "RollingUpdate"),
        ),
    ),
    Example(
        "production-spreads-its-pods",
        API,
        edits(API, anywhere=(f"{POD}.topologySpreadConstraints", None)),
    ),
]

DATA = [
    Example(
        "claims-say-class-and-size",
        MEDIA,
        edits(
            MEDIA,
            no_class=("spec.storageClassName", None),
            no_size=("spec.resources.requests.storage", None),
        ),
    ),
    Example("claims-fit-their-class", MEDIA, edits(MEDIA, block_storage=("spec.storageClassName", "gp3"))),
    Example(
        "production-protects-its-data",
        POSTGRES,
        {
            found.title: replace(found, protected=False)
            for found in (POSTGRES, MEDIA, ours("Namespace", NAMESPACE), of_cloud("aws:kms/key:Key"))
        },
    ),
    Example(
        "storage-classes-encrypt",
        edited(DISKS, "parameters.encrypted", "true"),
        {
            "nothing_said": DISKS,
            "said": edited(DISKS, "parameters.encrypted", "false"),
            "said_as_the_driver_does_not_read_it": edited(DISKS, "parameters.encrypted", "True"),
            "said_twice": edited(DISKS, "parameters", {"encrypted": "true", "Encrypted": "false"}),
            "of_auto_mode": edited(DISKS, "provisioner", "ebs.csi.eks.amazonaws.com"),
            "of_old": edited(DISKS, "provisioner", "kubernetes.io/aws-ebs"),
            "of_a_driver_that_nobody_knows": edited(DISKS, "provisioner", "driver.longhorn.io"),
        },
    ),
]
