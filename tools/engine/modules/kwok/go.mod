module smarthr360.com/platform/tools/engine/kwok

go 1.25.0

require (
	k8s.io/api v0.33.3
	k8s.io/apimachinery v0.33.3
	k8s.io/apiserver v0.33.3
	k8s.io/client-go v0.33.3
	k8s.io/component-base v0.33.3
	sigs.k8s.io/kwok v0.7.0
)
