variable "protected" {
  type = bool
}

resource "aws_dynamodb_table" "pass_protected" {
  name                        = "a"
  deletion_protection_enabled = true
}

resource "aws_dynamodb_table" "pass_prevented" {
  name = "b"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_dynamodb_table" "fail_nothing" {
  name = "c"
}

resource "aws_dynamodb_table" "fail_off" {
  name                        = "d"
  deletion_protection_enabled = false
}

resource "aws_dynamodb_table" "unknown_variable" {
  name                        = "e"
  deletion_protection_enabled = var.protected
}

resource "aws_dynamodb_table" "fail_sensitive" {
  name = "f"
  tags = { DataClassification = "Secret" }
}
