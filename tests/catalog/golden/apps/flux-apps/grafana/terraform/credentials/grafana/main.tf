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

module "credentials" {
  source = "../../../../tofu-controller/modules/credentials"
  app    = "grafana"
}
