variable "days" {
  type = number
}

resource "aws_kms_key" "pass_default" {}

resource "aws_kms_key" "fail_week" {
  deletion_window_in_days = 7
}

resource "aws_kms_key" "fail_key_of_a_table" {
  deletion_window_in_days = 7
}

resource "aws_dynamodb_table" "orders" {
  name = "orders"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.fail_key_of_a_table.arn
  }
}

resource "aws_kms_key" "unknown_variable" {
  deletion_window_in_days = var.days
}

resource "aws_kms_key" "fail_too_long" {
  deletion_window_in_days = 31
}
