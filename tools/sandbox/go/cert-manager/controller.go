package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	_ "github.com/cert-manager/cert-manager/internal/controller/feature"
	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// Values that the release's own controller has by default.
const (
	workers        = 5
	minimumBackoff = time.Hour
	maximumBackoff = 32 * time.Hour
)

func runController(ctx context.Context, flags *pflag.FlagSet, args []string) error {
	options := controller.ContextOptions{
		CertificateOptions: controller.CertificateOptions{
			CopiedAnnotationPrefixes:                 []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"},
			CertificateRequestMinimumBackoffDuration: minimumBackoff,
			CertificateRequestMaximumBackoffDuration: maximumBackoff,
		},
		IngressShimOptions: controller.IngressShimOptions{
			DefaultAutoCertificateAnnotations: []string{"kubernetes.io/tls-acme"},
		},
	}
	flags.StringVar(&options.Kubeconfig, "kubeconfig", "", "")
	flags.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "kube-system", "")
	flags.BoolVar(&options.EnableOwnerRef, "enable-certificate-owner-ref", false, "")
	flags.StringVar(&options.DefaultIssuerName, "default-issuer-name", "", "")
	flags.StringVar(&options.DefaultIssuerKind, "default-issuer-kind", "Issuer", "")
	flags.StringVar(&options.DefaultIssuerGroup, "default-issuer-group", "cert-manager.io", "")
	gates := flags.String("feature-gates", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := utilfeature.DefaultMutableFeatureGate.Set(*gates); err != nil {
		return err
	}
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	running, ctx := errgroup.WithContext(ctx)
	for _, make := range controller.Known() {
		one, err := make(factory)
		if err != nil {
			return err
		}
		running.Go(func() error { return one.Run(workers, ctx) })
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	return running.Wait()
}
