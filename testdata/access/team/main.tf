# Three tables and those who reach them, one of each kind of answer.
provider "aws" {
  region = "eu-west-1"
}

variable "emergency" {
  type = bool
}

variable "extra_policy" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "customer"
    type = "S"
  }
  global_secondary_index {
    name            = "by-customer"
    hash_key        = "customer"
    projection_type = "ALL"
  }
}

resource "aws_dynamodb_table" "invoices" {
  name         = "invoices"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_dynamodb_table" "archive" {
  name         = "archive"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}

# Another account reads one table, by the table's own policy.
resource "aws_dynamodb_resource_policy" "invoices" {
  resource_arn = aws_dynamodb_table.invoices.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Auditors"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:role/auditor" }
      Action    = ["dynamodb:GetItem", "dynamodb:Query"]
      Resource  = aws_dynamodb_table.invoices.arn
    }]
  })
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# Certain: reads and writes orders by key.
resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy" "api" {
  name = "orders"
  role = aws_iam_role.api.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Items"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]
      Resource = [aws_dynamodb_table.orders.arn, "${aws_dynamodb_table.orders.arn}/index/*"]
    }]
  })
}

# Under a condition: through one endpoint only, and never the export.
resource "aws_iam_role" "support" {
  name               = "support"
  assume_role_policy = data.aws_iam_policy_document.lambda.json

  inline_policy {
    name = "support"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "FromTheOffice"
          Effect    = "Allow"
          Action    = ["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:ExportTableToPointInTime"]
          Resource  = "arn:aws:dynamodb:eu-west-1:*:table/*"
          Condition = { StringEquals = { "aws:SourceVpce" = "vpce-1" } }
        },
        { Sid = "NoExport", Effect = "Deny", Action = "dynamodb:Export*", Resource = "*" },
      ]
    })
  }
}

# By an input: only when `emergency` is true.
resource "aws_iam_role" "operator" {
  name                = "operator"
  assume_role_policy  = data.aws_iam_policy_document.lambda.json
  managed_policy_arns = var.emergency ? ["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"] : []
}

# Not known: the policy comes from outside.
resource "aws_iam_role" "plugin" {
  name                = "plugin"
  assume_role_policy  = data.aws_iam_policy_document.lambda.json
  managed_policy_arns = [var.extra_policy]
}

# Nothing: the boundary lets nothing through.
resource "aws_iam_role" "intern" {
  name                 = "intern"
  assume_role_policy   = data.aws_iam_policy_document.lambda.json
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_policy" "boundary" {
  name   = "boundary"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}

resource "aws_iam_role_policy" "intern" {
  name = "intern"
  role = aws_iam_role.intern.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }]
  })
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = aws_iam_role.api.arn
  package_type  = "Image"
  image_uri     = "image"
}
