resource "aws_iam_policy" "example" {
  name = "example"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "ec2:*", Resource = "*" }, { Effect = "Allow", Action = ["s3:Get*", "s3:List*"], Resource = "*" }]
  })
}
