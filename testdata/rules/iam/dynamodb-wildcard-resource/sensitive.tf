resource "aws_dynamodb_table" "patients" {
  name = "patients"
  tags = { DataClassification = "PHI" }
}

resource "aws_iam_policy" "fail_star" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = "*" }]
  })
}
