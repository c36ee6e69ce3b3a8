# The policy of a module's caller cannot name the table, so the module fills in a placeholder.
resource "aws_dynamodb_table" "fail_orders" {
  name         = "orders"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"

  attribute {
    name = "id"
    type = "S"
  }
}

locals {
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": { "AWS": "arn:aws:iam::222222222222:role/partner" },
          "Action": "dynamodb:GetItem",
          "Resource": "__TABLE_ARN__"
        }
      ]
    }
  POLICY
}

resource "aws_dynamodb_resource_policy" "orders" {
  resource_arn = aws_dynamodb_table.fail_orders.arn
  policy       = replace(local.policy, "__TABLE_ARN__", aws_dynamodb_table.fail_orders.arn)
}
