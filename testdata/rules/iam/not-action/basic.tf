variable "document" {
  type = string
}

resource "aws_iam_policy" "pass_action" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/a" }]
  })
}

resource "aws_iam_policy" "pass_deny" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", NotAction = "dynamodb:GetItem", Resource = "*" }]
  })
}

resource "aws_iam_policy" "pass_without_dynamodb" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", NotAction = ["dynamodb:*", "dax:*"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "fail_not_action" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "fail_not_resource" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", NotResource = "arn:aws:dynamodb:*:*:table/a" }]
  })
}

resource "aws_iam_policy" "unknown_document" {
  policy = var.document
}
