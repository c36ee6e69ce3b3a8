terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { Team = "orders" }
  }
}

variable "token" {
  default   = "tops3cret"
  sensitive = true
}

module "keys" {
  source = "./keys"
}

module "db" {
  source   = "./db"
  for_each = toset(["orders", "users"])
  name     = each.key
  key_arn  = module.keys.arn
  pitr     = each.key == "orders"
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = <<-EOF
    {
      "Statement": [{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }]
    }
  EOF
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.id
  policy_arn = aws_iam_policy.p.arn
}

resource "aws_iam_policy" "p" {
  name = "p"
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = "*" }]
  })
}

resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_route_table" "r" {
  count  = 2
  vpc_id = aws_vpc.v.id
}

resource "aws_vpc_endpoint" "e" {
  vpc_id          = aws_vpc.v.id
  service_name    = "com.amazonaws.eu-central-1.dynamodb"
  route_table_ids = [aws_route_table.r[0].id, aws_route_table.r[1].id]
}

resource "aws_dynamodb_table" "open" {
  name     = "open"
  hash_key = "id"
  attribute {
    name = "id"
    type = "S"
  }
  dynamic "server_side_encryption" {
    for_each = aws_vpc.v.id == "x" ? [1] : []
    content {
      enabled = true
    }
  }
  tags = { token = var.token }
}
