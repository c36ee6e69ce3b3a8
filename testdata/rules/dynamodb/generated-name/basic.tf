variable "name" {
  type = string
}

resource "random_id" "orders" {
  byte_length = 4
}

resource "aws_dynamodb_table" "pass_random" {
  name = "orders-${random_id.orders.hex}"
}

resource "aws_dynamodb_table" "fail_fixed" {
  name = "orders"
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = var.name
}
