resource "aws_dynamodb_table" "example" {
  name     = "example"
  hash_key = "Id"
  attribute {
    name = "Id"
    type = "S"
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.tables.arn
  }
}

resource "aws_kms_key" "tables" {
  enable_key_rotation = true
}
