variable "keys" {
  type = list(string)
}

resource "aws_kms_key" "orders" {}

resource "aws_iam_policy" "pass_named" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.orders.arn }]
  })
}

resource "aws_iam_policy" "pass_via_service" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = "*"
      Condition = { StringEquals = { "kms:ViaService" = "dynamodb.eu-west-1.amazonaws.com" } }
    }]
  })
}

resource "aws_iam_policy" "pass_other_action" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:DescribeKey", Resource = "*" }]
  })
}

resource "aws_iam_policy" "fail_star" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["kms:De*"], Resource = "*" }]
  })
}

resource "aws_iam_role" "fail_inline" {
  assume_role_policy = "{}"

  inline_policy {
    name = "keys"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Sid = "Keys", Effect = "Allow", Action = "kms:ReEncrypt*", Resource = "arn:aws:kms:*:*:key/*" }]
    })
  }
}

resource "aws_iam_policy" "unknown_variable" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = var.keys }]
  })
}
