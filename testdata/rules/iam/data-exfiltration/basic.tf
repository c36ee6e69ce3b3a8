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
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  tags = {
    DataClassification = "PII"
  }
}

resource "aws_iam_role" "pass_items" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:PutItem"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "pass_consumer" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetRecords", "dynamodb:GetShardIterator"], Resource = aws_dynamodb_table.orders.stream_arn },
      { Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "exporter" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:ExportTableToPointInTime"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "fail_export" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:ExportTableToPointInTime"], Resource = aws_dynamodb_table.orders.arn }
    ] })
  }
}

resource "aws_iam_role" "fail_stream" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = ["dynamodb:Get*"], Resource = "*" }
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
