variable "value" {
  type = string
}

resource "aws_iam_policy" "pass_items" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "dynamodb:GetItem", Resource = "*" },
    { Effect = "Deny", Action = "*", Resource = "*" }
  ] })
}

resource "aws_iam_policy" "fail_all" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "dynamodb:GetItem", Resource = "*" },
    { Sid = "Admin", Effect = "Allow", Action = ["*"], Resource = ["*"] }
  ] })
}

resource "aws_iam_policy" "boundary" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "*", Resource = "*" }
  ] })
}

resource "aws_iam_role" "bounded" {
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_policy" "unknown_document" {
  policy = var.value
}

resource "aws_ssoadmin_permission_set_inline_policy" "fail_permission_set" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1"
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
  inline_policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
