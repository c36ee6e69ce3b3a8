variable "value" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  name = "orders"
}

resource "aws_iam_role" "pass_items" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "dax.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "tables"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:DescribeTable"], Resource = aws_dynamodb_table.orders.arn }] })
  }
}

resource "aws_dax_cluster" "pass_items" {
  cluster_name       = "pass-items"
  node_type          = "dax.r5.large"
  replication_factor = 3
  iam_role_arn       = aws_iam_role.pass_items.arn
}

resource "aws_iam_role" "fail_administration" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "dax.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "tables"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["dynamodb:*"], Resource = aws_dynamodb_table.orders.arn }] })
  }
}

resource "aws_dax_cluster" "fail_administration" {
  cluster_name       = "fail-administration"
  node_type          = "dax.r5.large"
  replication_factor = 3
  iam_role_arn       = aws_iam_role.fail_administration.arn
}

resource "aws_iam_role" "fail_every_table" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "dax.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "tables"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }] })
  }
}

resource "aws_dax_cluster" "fail_every_table" {
  cluster_name       = "fail-every-table"
  node_type          = "dax.r5.large"
  replication_factor = 3
  iam_role_arn       = aws_iam_role.fail_every_table.arn
}

resource "aws_dax_cluster" "unknown_role" {
  cluster_name       = "unknown-role"
  node_type          = "dax.r5.large"
  replication_factor = 3
  iam_role_arn       = var.value
}
