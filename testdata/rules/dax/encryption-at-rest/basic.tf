variable "encrypt" {
  type = bool
}

resource "aws_dax_cluster" "pass_on" {
  cluster_name = "a"

  server_side_encryption {
    enabled = true
  }
}

resource "aws_dax_cluster" "fail_missing" {
  cluster_name = "b"
}

resource "aws_dax_cluster" "fail_empty_block" {
  cluster_name = "c"

  server_side_encryption {}
}

resource "aws_dax_cluster" "unknown_variable" {
  cluster_name = "d"

  server_side_encryption {
    enabled = var.encrypt
  }
}
