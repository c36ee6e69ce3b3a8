variable "value" {
  type = string
}

resource "aws_iam_policy" "pass_table" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:PartiQL*"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" }
  ] })
}

resource "aws_iam_policy" "pass_attributes" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "a" } } }
  ] })
}

resource "aws_iam_policy" "fail_action" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:ExecuteStatement"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" }
  ] })
}

resource "aws_iam_policy" "fail_arn" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:orders" }
  ] })
}

resource "aws_iam_policy" "fail_without_account" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "arn:aws:dynamodb:::table/orders" }
  ] })
}

resource "aws_iam_policy" "fail_key" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", Condition = { StringEquals = { "dynamodb:LeadingKey" = "a" } } }
  ] })
}

resource "aws_iam_policy" "fail_key_not_carried" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["dynamodb:Scan"], Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", Condition = { "ForAnyValue:StringEquals" = { "dynamodb:LeadingKeys" = "a" } } }
  ] })
}

resource "aws_iam_policy" "unknown_document" {
  policy = var.value
}
