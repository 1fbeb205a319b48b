terraform {
  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "~> 1.52"
    }
  }
}

resource "hcloud_network" "cluster" {
  name     = "my-cluster"
  ip_range = "10.0.0.0/16"
}
