variable "enabled" {
  type = bool
}

resource "aws_kms_key" "pass_default" {}

resource "aws_kms_key" "fail_disabled" {
  is_enabled = false
}

resource "aws_kms_key" "unknown_variable" {
  is_enabled = var.enabled
}

resource "aws_kms_key" "fail_of_no_table" {
  is_enabled = false
}

resource "aws_dynamodb_table" "pass_default" {
  name = "pass_default"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.pass_default.arn
  }
}

resource "aws_dynamodb_table" "fail_disabled" {
  name = "fail_disabled"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.fail_disabled.arn
  }
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "unknown_variable"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.unknown_variable.arn
  }
}
