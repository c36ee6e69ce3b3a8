variable "value" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  name     = "orders"
  hash_key = "tenant"
  attribute {
    name = "tenant"
    type = "S"
  }
  tags = {
    DataClassification = "PII"
  }
}

resource "aws_dynamodb_table" "public" {
  name = "public"
}

resource "aws_iam_role" "pass_query" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:Query"], Resource = aws_dynamodb_table.orders.arn },
      { Effect = "Allow", Action = ["dynamodb:Scan"], Resource = aws_dynamodb_table.public.arn }
    ] })
  }
}

resource "aws_iam_role" "fail_scan" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:Query", "dynamodb:Scan"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "fail_partiql" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:PartiQLSelect"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "unknown_policy" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = var.value
  }
}
