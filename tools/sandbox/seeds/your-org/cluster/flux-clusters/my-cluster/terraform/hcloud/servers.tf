resource "hcloud_server" "node" {
  count       = 3
  name        = "my-cluster-${count.index}"
  image       = "debian-13"
  server_type = "cx42"
}
