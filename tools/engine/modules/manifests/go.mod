module smarthr360.com/platform/tools/engine/manifests

go 1.25.0

require (
	github.com/cert-manager/cert-manager v1.19.0
	github.com/envoyproxy/gateway v1.6.0
	github.com/external-secrets/external-secrets v1.3.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.4.0
	sigs.k8s.io/metrics-server v0.9.0
)
