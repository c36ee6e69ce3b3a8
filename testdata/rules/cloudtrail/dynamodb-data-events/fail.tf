resource "aws_dynamodb_table" "fail_reads" {
  name             = "orders"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  tags = {
    DataClassification = "PII"
  }
}

resource "aws_cloudtrail" "main" {
  name                  = "main"
  is_multi_region_trail = true
  event_selector {
    read_write_type = "WriteOnly"
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = ["arn:aws:dynamodb"]
    }
  }
}
