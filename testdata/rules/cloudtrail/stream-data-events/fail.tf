resource "aws_dynamodb_table" "fail_table_only" {
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
  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::DynamoDB::Table"]
    }
  }
}
