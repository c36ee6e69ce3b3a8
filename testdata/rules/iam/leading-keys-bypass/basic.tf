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
}

# It holds no tenants: what is allowed on it is no bypass.
resource "aws_dynamodb_table" "settings" {
  name     = "settings"
  hash_key = "id"
}

resource "aws_iam_role" "pass_null_guard" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:Query"], Resource = aws_dynamodb_table.orders.arn, Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "$${aws:PrincipalTag/Tenant}" }, Null = { "dynamodb:LeadingKeys" = "false" } } },
      { Effect = "Allow", Action = ["dynamodb:Scan"], Resource = aws_dynamodb_table.settings.arn }
    ] })
  }
}

resource "aws_iam_role" "fail_scan" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:Scan"], Resource = aws_dynamodb_table.orders.arn, Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "$${aws:PrincipalTag/Tenant}" } } }
    ] })
  }
}

resource "aws_iam_role" "fail_second_statement" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.orders.arn, Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "$${aws:PrincipalTag/Tenant}" }, Null = { "dynamodb:LeadingKeys" = "false" } } },
      { Effect = "Allow", Action = ["dynamodb:PartiQLSelect"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "unknown_statement" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.orders.arn, Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "$${aws:PrincipalTag/Tenant}" }, Null = { "dynamodb:LeadingKeys" = "false" } } },
      { Effect = "Allow", Action = var.value, Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}
