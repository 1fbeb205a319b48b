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

module "database" {
  source = "../../../../tofu-controller/modules/database"
  app    = "clickhouse"
}
