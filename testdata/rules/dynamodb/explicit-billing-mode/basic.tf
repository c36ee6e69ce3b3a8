variable "mode" {
  type = string
}

resource "aws_dynamodb_table" "pass_on_demand" {
  name         = "a"
  billing_mode = "PAY_PER_REQUEST"
}

resource "aws_dynamodb_table" "fail_unwritten" {
  name = "b"
}

resource "aws_dynamodb_table" "fail_misspelt" {
  name         = "c"
  billing_mode = "ON_DEMAND"
}

resource "aws_dynamodb_table" "unknown_variable" {
  name         = "d"
  billing_mode = var.mode
}
