variable "bucket" {
  type = string
}

resource "aws_cloudtrail" "example" {
  name                          = "example"
  s3_bucket_name                = var.bucket
  s3_key_prefix                 = "Uluru"
  include_global_service_events = true
  is_multi_region_trail = false
}
