variable "endpoint" {
  type = string
}

resource "aws_dax_cluster" "pass_tls" {
  cluster_name                     = "a"
  cluster_endpoint_encryption_type = "TLS"
}

resource "aws_dax_cluster" "fail_missing" {
  cluster_name = "b"
}

resource "aws_dax_cluster" "fail_none" {
  cluster_name                     = "c"
  cluster_endpoint_encryption_type = "NONE"
}

resource "aws_dax_cluster" "unknown_variable" {
  cluster_name                     = "d"
  cluster_endpoint_encryption_type = var.endpoint
}
