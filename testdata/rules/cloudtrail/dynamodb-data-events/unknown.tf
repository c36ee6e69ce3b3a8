resource "aws_dynamodb_table" "unknown_no_trail" {
  name             = "orders"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  tags = {
    DataClassification = "PII"
  }
}
