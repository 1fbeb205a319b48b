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

resource "random_password" "password" {
  length  = 40
  special = false
}

resource "vault_kv_secret_v2" "database" {
  mount = "kv"
  name  = "databases/${var.app}"

  data_json = jsonencode({
    username = var.app
    password = random_password.password.result
  })
}
