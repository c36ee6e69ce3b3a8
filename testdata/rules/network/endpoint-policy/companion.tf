resource "aws_dynamodb_table" "orders" {
  name = "orders"
}

resource "aws_vpc_endpoint" "pass_policy_resource" {
  vpc_id          = "vpc-1"
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = ["rtb-1"]
}

resource "aws_vpc_endpoint_policy" "orders" {
  vpc_endpoint_id = aws_vpc_endpoint.pass_policy_resource.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*Item", Resource = aws_dynamodb_table.orders.arn }]
  })
}

resource "aws_vpc_endpoint" "fail_open_policy_resource" {
  vpc_id          = "vpc-2"
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = ["rtb-2"]
}

resource "aws_vpc_endpoint_policy" "open" {
  vpc_endpoint_id = aws_vpc_endpoint.fail_open_policy_resource.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }]
  })
}
