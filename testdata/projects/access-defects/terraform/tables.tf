provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "me" {}

# Tables that are as they should be.
resource "aws_kms_key" "data" {
  enable_key_rotation = true
}

resource "aws_dynamodb_table" "orders" {
  name                        = "orders"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_table" "sessions" {
  name                        = "sessions"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_table" "tenants" {
  name                        = "tenants"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_table" "customers" {
  name                        = "customers"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily", DataClassification = "PII" }
}

resource "aws_dynamodb_table" "granted" {
  name                        = "granted"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_resource_policy" "granted" {
  resource_arn = aws_dynamodb_table.granted.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/reader"
      }
      Action   = "dynamodb:GetItem"
      Resource = "*"
    }]
  })
}

# dynamodb/backup-plan: the plan selects by a tag that this table does not have.
resource "aws_dynamodb_table" "scratch" {
  name                        = "scratch"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Purpose = "tests" }
}

# cloudtrail/dynamodb-data-events: sensitive, and no selector of the trail names it.
resource "aws_dynamodb_table" "patients" {
  name                        = "patients"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily", DataClassification = "PII" }
}

# cloudtrail/stream-data-events: the trail records its items but not its stream.
resource "aws_dynamodb_table" "contacts" {
  name                        = "contacts"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily", DataClassification = "PII" }
}

# dynamodb/resource-policy-public
resource "aws_dynamodb_table" "opened" {
  name                        = "opened"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_resource_policy" "opened" {
  resource_arn = aws_dynamodb_table.opened.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:GetItem"
      Resource  = "*"
    }]
  })
}

# dynamodb/resource-policy-cross-account
resource "aws_dynamodb_table" "shared" {
  name                        = "shared"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_resource_policy" "shared" {
  resource_arn = aws_dynamodb_table.shared.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        AWS = "arn:aws:iam::999988887777:root"
      }
      Action   = "dynamodb:GetItem"
      Resource = "*"
    }]
  })
}

# kms/key-region-mismatch: the key is in another region than the table.
resource "aws_dynamodb_table" "distant" {
  name                        = "distant"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0d5ba8b7-1c1b-4a52-8bd5-2b1a1b8f6f0e"
  }
  tags = { Backup = "daily" }
}
