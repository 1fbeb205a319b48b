module handoff/tools/flux-manifests

go 1.26

require (
	github.com/fluxcd/flux2/v2 v2.9.4
	github.com/fluxcd/helm-controller v1.6.3
	github.com/fluxcd/image-automation-controller v1.2.4
	github.com/fluxcd/image-reflector-controller v1.2.4
	github.com/fluxcd/kustomize-controller v1.9.4
	github.com/fluxcd/notification-controller v1.9.3
	github.com/fluxcd/source-controller v1.9.4
	github.com/fluxcd/source-watcher/v2 v2.2.2
)
