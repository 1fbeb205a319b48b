terraform {
  required_providers {
    authentik = {
      source  = "goauthentik/authentik"
      version = "~> 2026.2"
    }
    vault = {
      source  = "hashicorp/vault"
      version = "~> 5.0"
    }
  }
}

variable "app" {
  type = string
}

variable "redirect_uri" {
  type = string
}

data "authentik_flow" "authorization" {
  slug = "default-provider-authorization-implicit-consent"
}

data "authentik_flow" "invalidation" {
  slug = "default-provider-invalidation-flow"
}

data "authentik_property_mapping_provider_scope" "scopes" {
  managed_list = [
    "goauthentik.io/providers/oauth2/scope-openid",
    "goauthentik.io/providers/oauth2/scope-email",
    "goauthentik.io/providers/oauth2/scope-profile",
  ]
}

resource "authentik_provider_oauth2" "client" {
  name               = var.app
  client_id          = var.app
  authorization_flow = data.authentik_flow.authorization.id
  invalidation_flow  = data.authentik_flow.invalidation.id
  property_mappings  = data.authentik_property_mapping_provider_scope.scopes.ids

  allowed_redirect_uris = [{
    matching_mode = "strict"
    url           = var.redirect_uri
  }]
}

resource "authentik_application" "client" {
  name              = var.app
  slug              = var.app
  protocol_provider = authentik_provider_oauth2.client.id
}

resource "vault_kv_secret_v2" "client" {
  mount = "kv"
  name  = "sso/${var.app}"

  data_json = jsonencode({
    client_id     = authentik_provider_oauth2.client.client_id
    client_secret = authentik_provider_oauth2.client.client_secret
  })
}
