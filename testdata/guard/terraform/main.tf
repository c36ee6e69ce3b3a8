variable "recovery" {
  type = bool
}

variable "stage" {
  type    = string
  default = "dev"
}

resource "aws_dynamodb_table" "good" {
  name         = "prod-orders"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"
  tags         = { owner = "shop" }
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.key.arn
  }
}

# iac-check: ignore[guard/TABLE_NAME] the name is older than the policy
resource "aws_dynamodb_table" "bad" {
  name         = "Orders"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = false
  }
}

resource "aws_dynamodb_table" "open" {
  for_each     = toset(["a", "b"])
  name         = "${var.stage}-${each.key}"
  hash_key     = "id"
  billing_mode = "PAY_PER_REQUEST"
  tags         = { owner = "shop" }
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = var.recovery
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.key.arn
  }
}

resource "aws_kms_key" "key" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}
