// Runs cert-manager's controller, webhook or cainjector, with the flags of their Deployments that matter on one machine.
// The issuers that ask others on the network (ACME, Vault, Venafi) are left out: nothing here may do so by accident, and
// they are most of what there is to compile.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

var components = map[string]func(context.Context, *pflag.FlagSet, []string) error{
	"controller": runController,
	"webhook":    runWebhook,
	"cainjector": runCAInjector,
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 2 || components[os.Args[1]] == nil {
		return fmt.Errorf("usage: cert-manager controller|webhook|cainjector [flags]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctrl.SetLogger(klog.Background())
	flags := pflag.NewFlagSet(os.Args[1], pflag.ContinueOnError)
	// Those of leader election, metrics and ACME change nothing here.
	flags.ParseErrorsAllowlist.UnknownFlags = true
	return components[os.Args[1]](logf.NewContext(ctx, klog.Background()), flags, os.Args[2:])
}
