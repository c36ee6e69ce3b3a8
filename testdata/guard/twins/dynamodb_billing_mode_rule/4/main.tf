resource "aws_dynamodb_table" "example" {
  name     = "example"
  hash_key = "Id"
  attribute {
    name = "Id"
    type = "S"
  }
  billing_mode = "TEST"
}
