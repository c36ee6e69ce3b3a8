variable "rotate" {
  type = bool
}

resource "aws_kms_key" "pass_on" {
  enable_key_rotation = true
}

resource "aws_kms_key" "fail_missing" {}

resource "aws_kms_key" "fail_seldom" {
  enable_key_rotation     = true
  rotation_period_in_days = 1000
}

resource "aws_kms_key" "unknown_variable" {
  enable_key_rotation = var.rotate
}

resource "aws_kms_key" "asymmetric" {
  customer_master_key_spec = "RSA_2048"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_key" "fail_asymmetric" {
  customer_master_key_spec = "RSA_2048"
  enable_key_rotation      = true
}
