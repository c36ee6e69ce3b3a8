variable "reader" {
  type = string
}

data "aws_caller_identity" "current" {}

resource "aws_dynamodb_table" "pass_own" {
  name = "a"
}

resource "aws_dynamodb_resource_policy" "own" {
  resource_arn = aws_dynamodb_table.pass_own.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "dynamodb:GetItem"
      Resource  = "*"
    }]
  })
}

resource "aws_dynamodb_table" "pass_organisation" {
  name = "b"
}

resource "aws_dynamodb_resource_policy" "organisation" {
  resource_arn = aws_dynamodb_table.pass_organisation.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "444455556666" }
      Action    = "dynamodb:GetItem"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
    }]
  })
}

resource "aws_dynamodb_table" "fail_account" {
  name = "c"
}

resource "aws_dynamodb_resource_policy" "account" {
  resource_arn = aws_dynamodb_table.fail_account.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::444455556666:role/reader" }, Action = "dynamodb:GetItem", Resource = "*" }
    ]
  })
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "d"
}

resource "aws_dynamodb_resource_policy" "variable" {
  resource_arn = aws_dynamodb_table.unknown_variable.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.reader }, Action = "dynamodb:GetItem", Resource = "*" }]
  })
}
