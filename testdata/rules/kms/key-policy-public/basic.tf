variable "principal" {
  type = string
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "pass_default" {}

resource "aws_kms_key" "pass_account" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "pass_bound" {
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}
      }, {
        "Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"
      }]
    }
  JSON
}

resource "aws_kms_key" "fail_everyone" {
  policy = data.aws_iam_policy_document.everyone.json
}

data "aws_iam_policy_document" "everyone" {
  statement {
    sid       = "Everyone"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["dynamodb.*.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "fail_companion" {}

resource "aws_kms_key_policy" "companion" {
  key_id = aws_kms_key.fail_companion.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Principal = { AWS = ["*"] }, Action = "kms:*", Resource = "*" }
  })
}

resource "aws_kms_key" "unknown_principal" {
  policy = var.principal
}
