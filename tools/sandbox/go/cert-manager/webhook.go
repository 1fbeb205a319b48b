package main

import (
	"context"
	"crypto/tls"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	serving "sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/cert-manager/cert-manager/internal/webhook"
	_ "github.com/cert-manager/cert-manager/internal/webhook/feature"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
	"github.com/cert-manager/cert-manager/pkg/webhook/admission"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
)

// The release's own server would listen on all addresses of the machine, and for probes that nobody makes here.
func runWebhook(ctx context.Context, flags *pflag.FlagSet, args []string) error {
	configuration, err := options.NewWebhookConfiguration()
	if err != nil {
		return err
	}
	options.AddConfigFlags(flags, configuration)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(configuration.FeatureGates); err != nil {
		return err
	}
	made, err := webhook.NewCertManagerWebhookServer(logf.FromContext(ctx), *configuration)
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(&rest.Config{}, ctrl.Options{
		Scheme:  made.ResourceScheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		WebhookServer: serving.NewServer(serving.Options{
			Host:    "127.0.0.1",
			Port:    made.ListenAddr,
			TLSOpts: []func(*tls.Config){func(c *tls.Config) { c.GetCertificate = made.CertificateSource.GetCertificate }},
		}),
	})
	if err != nil {
		return err
	}
	if err := manager.Add(made.CertificateSource); err != nil {
		return err
	}
	server := manager.GetWebhookServer()
	server.Register("/mutate", admission.NewCustomMutationWebhook(made.MutationWebhook))
	server.Register("/validate", admission.NewCustomValidationWebhook(made.ResourceScheme, made.ValidationWebhook))
	return manager.Start(ctx)
}
