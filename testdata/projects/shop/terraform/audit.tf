resource "aws_cloudtrail" "audit" {
  name                       = "shop"
  s3_bucket_name             = "shop-audit-logs"
  is_multi_region_trail      = true
  enable_log_file_validation = true

  # Reads of customers' orders leave no trace.
  advanced_event_selector {
    name = "Changes of items"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::DynamoDB::Table"]
    }

    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }
  }
}
