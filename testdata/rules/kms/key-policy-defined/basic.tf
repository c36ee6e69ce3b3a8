variable "policy" {
  type = string
}

resource "aws_kms_key" "pass_written" {
  policy = "{}"
}

resource "aws_kms_key" "pass_companion" {}

resource "aws_kms_key_policy" "companion" {
  key_id = aws_kms_key.pass_companion.id
  policy = "{}"
}

resource "aws_kms_key" "fail_default" {}

resource "aws_kms_key" "unknown_variable" {
  policy = var.policy
}
