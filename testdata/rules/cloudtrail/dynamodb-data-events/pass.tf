resource "aws_dynamodb_table" "pass_recorded" {
  name             = "orders"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  tags = {
    DataClassification = "PII"
  }
}

resource "aws_cloudtrail" "pass_main" {
  name                  = "main"
  is_multi_region_trail = true
  event_selector {
    read_write_type = "All"
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = ["arn:aws:dynamodb"]
    }
  }
}
