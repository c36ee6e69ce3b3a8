variable "document" {
  type = string
}

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role" "pass_named" {
  assume_role_policy = local.trust

  inline_policy {
    name = "items"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:Batch*Item"], Resource = "*" }]
    })
  }
}

resource "aws_iam_role" "pass_denied" {
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "denied" {
  role = aws_iam_role.pass_denied.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "dynamodb:*", Resource = "*" },
      { Effect = "Deny", Action = "dynamodb:*", Resource = "*" },
    ]
  })
}

resource "aws_iam_role" "fail_companion" {
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "companion" {
  role   = aws_iam_role.fail_companion.id
  policy = data.aws_iam_policy_document.everything.json
}

data "aws_iam_policy_document" "everything" {
  statement {
    actions   = ["dynamodb:*"]
    resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"]
  }
}

resource "aws_iam_role" "fail_attached_aws_policy" {
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "full_access" {
  role       = aws_iam_role.fail_attached_aws_policy.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
}

resource "aws_iam_policy" "fail_glob" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Action = "dynamodb:*e*", Resource = "*" }
  })
}

resource "aws_iam_group" "fail_group" {
  name = "team"
}

resource "aws_iam_group_policy" "team" {
  group = aws_iam_group.fail_group.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "DynamoDB:*", Resource = "*" }]
  })
}

resource "aws_iam_policy" "unknown_document" {
  policy = var.document
}

resource "aws_iam_policy" "pass_another_service" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "arn:aws:s3:::bucket/*" }]
  })
}
