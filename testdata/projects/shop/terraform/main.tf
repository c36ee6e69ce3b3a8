# A small shop: two tables, the function that serves orders, and the network that it runs in.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "shop"
      Environment = var.environment
    }
  }
}

module "orders" {
  source = "./modules/table"

  name           = "orders"
  kms_key_arn    = aws_kms_key.data.arn
  classification = "Confidential"
}

# The sessions table was made in a hurry.
module "sessions" {
  source = "./modules/table"

  name     = "sessions"
  recovery = var.environment == "prod"
}

resource "aws_kms_key" "data" {
  description         = "Encrypts what customers tell us"
  enable_key_rotation = true
}

data "aws_iam_policy_document" "orders" {
  statement {
    sid       = "Orders"
    actions   = ["dynamodb:*"]
    resources = [module.orders.arn, "${module.orders.arn}/index/*"]
  }
}

resource "aws_iam_role" "orders" {
  name = "shop-orders"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "orders" {
  name   = "orders"
  role   = aws_iam_role.orders.id
  policy = data.aws_iam_policy_document.orders.json
}

resource "aws_lambda_function" "orders" {
  function_name = "shop-orders"
  role          = aws_iam_role.orders.arn
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  filename      = "orders.zip"

  vpc_config {
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = []
  }

  environment {
    variables = { ORDERS_TABLE = module.orders.name }
  }
}
