resource "aws_dynamodb_table" "example" {
  name     = "example"
  hash_key = "Id"
  attribute {
    name = "Id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = false
  }
}
