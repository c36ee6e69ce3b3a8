variable "policy" {
  type = string
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "pass_default" {}

resource "aws_kms_key" "pass_account" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = data.aws_caller_identity.current.account_id }, Action = ["kms:Put*"], Resource = "*" },
      { Effect = "Deny", NotPrincipal = { AWS = data.aws_caller_identity.current.account_id }, Action = "kms:*", Resource = "*" },
    ]
  })
}

resource "aws_kms_key" "fail_no_principal" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = data.aws_caller_identity.current.account_id }, Action = "kms:*", Resource = "*" },
      { Sid = "Readers", Effect = "Allow", Action = "kms:Decrypt", Resource = "*" },
    ]
  })
}

resource "aws_kms_key" "fail_locked_out" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = data.aws_caller_identity.current.account_id }, Action = "kms:Decrypt", Resource = "*" }]
  })
}

resource "aws_kms_key" "fail_bypassed" {
  bypass_policy_lockout_safety_check = true
}

resource "aws_kms_key" "unknown_variable" {
  policy = var.policy
}
