resource "aws_dynamodb_table" "unknown_elsewhere" {
  name = "a"
}
