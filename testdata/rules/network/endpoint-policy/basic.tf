variable "policy" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  name = "orders"
}

resource "aws_vpc_endpoint" "pass_table" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
  policy       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*", Resource = aws_dynamodb_table.orders.arn }] })
}

resource "aws_vpc_endpoint" "pass_organisation" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
  policy       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*", Resource = "*", Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abcdefghij" } } }] })
}

resource "aws_vpc_endpoint" "fail_default" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
}

resource "aws_vpc_endpoint" "fail_star" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
  policy       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*", Resource = "*" }] })
}

resource "aws_vpc_endpoint" "fail_other_table" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
  policy       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*", Resource = "arn:aws:dynamodb:eu-west-1:111122223333:table/other" }] })
}

resource "aws_vpc_endpoint" "unknown_policy" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
  policy       = var.policy
}

resource "aws_vpc_endpoint" "of_another_service" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.s3"
}
