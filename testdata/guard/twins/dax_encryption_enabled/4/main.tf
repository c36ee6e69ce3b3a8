resource "aws_dax_cluster" "example" {
  cluster_name                     = "my-dax-cluster"
  iam_role_arn                     = "arn:aws:iam::111122223333:role/DaxAccess"
  node_type                        = "dax.r4.large"
  replication_factor               = 1
  cluster_endpoint_encryption_type = "TLS"

}
