variable "bucket" {
  type = string
}

resource "aws_cloudtrail" "example" {
  name                          = "example"
  s3_bucket_name                = var.bucket
  s3_key_prefix                 = "Uluru"
  include_global_service_events = true
  event_selector {
    include_management_events = true
    read_write_type           = "All"
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = ["arn:aws:dynamodb"]
    }
  }
}
