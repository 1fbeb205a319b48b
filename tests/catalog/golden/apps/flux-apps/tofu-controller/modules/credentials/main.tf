terraform {
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
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

resource "random_password" "secret_key" {
  length  = 60
  special = false
}

resource "random_password" "admin_password" {
  length  = 40
  special = false
}

resource "random_password" "api_token" {
  length  = 60
  special = false
}

resource "vault_kv_secret_v2" "credentials" {
  mount = "kv"
  name  = "credentials/${var.app}"

  data_json = jsonencode({
    secret_key     = random_password.secret_key.result
    admin_password = random_password.admin_password.result
    api_token      = random_password.api_token.result
  })
}
