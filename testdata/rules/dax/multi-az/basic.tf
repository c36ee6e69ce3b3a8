variable "nodes" {
  type = number
}

resource "aws_dax_cluster" "pass_three" {
  cluster_name       = "a"
  replication_factor = 3
}

resource "aws_dax_cluster" "fail_one" {
  cluster_name       = "b"
  replication_factor = 1
}

resource "aws_dax_cluster" "fail_one_zone" {
  cluster_name       = "c"
  replication_factor = 3
  availability_zones = ["eu-west-1a"]
}

resource "aws_dax_cluster" "unknown_variable" {
  cluster_name       = "d"
  replication_factor = var.nodes
}
