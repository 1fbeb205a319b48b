terraform {
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "~> 5.0"
    }
  }
}

variable "vault_address" {
  type = string
}

variable "vault_token" {
  type      = string
  sensitive = true
}

# Namespaces of the accounts tf-runner.
variable "runner_namespaces" {
  type = list(string)
}

provider "vault" {
  address = var.vault_address
  token   = var.vault_token
}

resource "vault_mount" "kv" {
  path    = "kv"
  type    = "kv"
  options = { version = "2" }
}

resource "vault_auth_backend" "kubernetes" {
  type = "kubernetes"
}

resource "vault_kubernetes_auth_backend_config" "cluster" {
  backend         = vault_auth_backend.kubernetes.path
  kubernetes_host = "https://kubernetes.default.svc"
}

# External Secrets reads all of kv.
resource "vault_policy" "external_secrets" {
  name = "external-secrets"

  policy = <<-EOT
    path "${vault_mount.kv.path}/data/*" {
      capabilities = ["read", "list"]
    }
    path "${vault_mount.kv.path}/metadata/*" {
      capabilities = ["read", "list"]
    }
  EOT
}

resource "vault_kubernetes_auth_backend_role" "external_secrets" {
  backend                          = vault_auth_backend.kubernetes.path
  role_name                        = "external-secrets"
  bound_service_account_names      = ["external-secrets"]
  bound_service_account_namespaces = ["external-secrets"]
  token_policies                   = [vault_policy.external_secrets.name]
  token_ttl                        = 3600
}

# The runners write what they generate.
resource "vault_policy" "tofu" {
  name = "tofu"

  policy = <<-EOT
    path "${vault_mount.kv.path}/*" {
      capabilities = ["create", "read", "update", "delete", "list"]
    }
    path "auth/token/create" {
      capabilities = ["update"]
    }
  EOT
}

resource "vault_kubernetes_auth_backend_role" "tofu" {
  backend                          = vault_auth_backend.kubernetes.path
  role_name                        = "tofu"
  bound_service_account_names      = ["tf-runner"]
  bound_service_account_namespaces = var.runner_namespaces
  token_policies                   = [vault_policy.tofu.name]
  token_ttl                        = 900
}
