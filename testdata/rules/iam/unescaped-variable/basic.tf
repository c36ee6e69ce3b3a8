variable "value" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  name = "orders"
}

data "aws_iam_policy_document" "ampersand" {
  statement {
    actions   = ["dynamodb:GetItem"]
    resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/&{aws:username}"]
  }
}

resource "aws_iam_policy" "pass_ampersand" {
  policy = data.aws_iam_policy_document.ampersand.json
}

resource "aws_iam_policy" "pass_escaped" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/$${aws:username}" }
  ] })
}

resource "aws_iam_policy" "fail_ampersand" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/&{aws:username}" }
  ] })
}

resource "aws_iam_policy" "fail_without_version" {
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.orders.arn, Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "$${aws:username}" } } }
  ] })
}

resource "aws_iam_policy" "unknown_document" {
  policy = var.value
}
