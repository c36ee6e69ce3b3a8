provider "aws" {
  allowed_account_ids = ["111122223333"]
}

resource "aws_iam_role" "reader" {
  assume_role_policy = "{}"
}

resource "aws_dynamodb_table" "pass_number" {
  name = "a"
}

resource "aws_dynamodb_resource_policy" "number" {
  resource_arn = aws_dynamodb_table.pass_number.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = ["111122223333", aws_iam_role.reader.arn] }, Action = "dynamodb:GetItem", Resource = "*" }]
  })
}
