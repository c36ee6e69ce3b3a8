variable "value" {
  type = string
}

resource "aws_iam_role" "pass_service" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }
    ] })
  }
}

resource "aws_iam_role" "public_without_dynamodb" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "*" }
    ] })
  }
}

resource "aws_iam_role" "fail_everyone" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }
    ] })
  }
}

resource "aws_iam_role" "fail_github" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }
    ] })
  }
}

resource "aws_iam_role" "unknown_principal" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = var.value, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }
    ] })
  }
}
