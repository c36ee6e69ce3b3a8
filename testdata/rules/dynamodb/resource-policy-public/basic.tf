variable "policy" {
  type = string
}

resource "aws_dynamodb_table" "pass_role" {
  name = "a"
}

resource "aws_dynamodb_resource_policy" "role" {
  resource_arn = aws_dynamodb_table.pass_role.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:role/reader" }, Action = "dynamodb:GetItem", Resource = "*" },
      { Effect = "Deny", Principal = "*", Action = "dynamodb:DeleteTable", Resource = "*" },
    ]
  })
}

resource "aws_dynamodb_table" "pass_bound" {
  name = "b"
}

resource "aws_dynamodb_resource_policy" "bound" {
  resource_arn = aws_dynamodb_table.pass_bound.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:GetItem"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
    }]
  })
}

resource "aws_dynamodb_table" "fail_everyone" {
  name = "c"
}

resource "aws_dynamodb_resource_policy" "everyone" {
  resource_arn = aws_dynamodb_table.fail_everyone.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = ["*"] }, Action = "dynamodb:*", Resource = "*" }]
  })
}

resource "aws_dynamodb_table" "fail_stream" {
  name             = "d"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
}

resource "aws_dynamodb_resource_policy" "stream" {
  resource_arn = aws_dynamodb_table.fail_stream.stream_arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:GetRecords", Resource = "*" }]
  })
}

resource "aws_dynamodb_resource_policy" "fail_outside" {
  resource_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/outside"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:GetItem", Resource = "*" }]
  })
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "e"
}

resource "aws_dynamodb_resource_policy" "variable" {
  resource_arn = aws_dynamodb_table.unknown_variable.arn
  policy       = var.policy
}

resource "aws_dynamodb_table" "none" {
  name = "f"
}
