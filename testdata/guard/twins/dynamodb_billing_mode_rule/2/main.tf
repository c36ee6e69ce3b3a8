resource "aws_dynamodb_table" "example" {
  name     = "example"
  hash_key = "Id"
  attribute {
    name = "Id"
    type = "S"
  }
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
}
