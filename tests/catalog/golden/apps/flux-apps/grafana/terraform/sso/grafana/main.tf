variable "domain" {
  type = string
}

variable "authentik_token" {
  type      = string
  sensitive = true
}

provider "vault" {
  address = "http://vault.vault.svc.cluster.local:8200"

  auth_login {
    path = "auth/kubernetes/login"

    parameters = {
      role = "tofu"
      jwt  = file("/var/run/secrets/kubernetes.io/serviceaccount/token")
    }
  }
}

terraform {
  required_providers {
    authentik = {
      source  = "goauthentik/authentik"
      version = "~> 2026.2"
    }
  }
}

provider "authentik" {
  url   = "https://auth.${var.domain}"
  token = var.authentik_token
}

module "client" {
  source       = "../../../../tofu-controller/modules/oidc-client"
  app          = "grafana"
  redirect_uri = "https://grafana.${var.domain}/login/generic_oauth"
}
