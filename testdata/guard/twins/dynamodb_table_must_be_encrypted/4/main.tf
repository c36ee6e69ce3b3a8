resource "aws_dynamodb_table" "example" {
  name     = "example"
  hash_key = "Id"
  attribute {
    name = "Id"
    type = "S"
  }
  server_side_encryption {
    enabled = false
  }
}
