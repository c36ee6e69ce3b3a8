variable "value" {
  type = string
}

resource "aws_cloudtrail" "pass_inline" {
  name           = "pass_inline"
  s3_bucket_name = aws_s3_bucket.pass_inline_logs.id
}

resource "aws_s3_bucket" "pass_inline_logs" {
  bucket = "pass-inline-logs"
  logging {
    target_bucket = "access-logs"
  }
}

resource "aws_cloudtrail" "pass_resource" {
  name           = "pass_resource"
  s3_bucket_name = aws_s3_bucket.pass_resource_logs.id
}

resource "aws_s3_bucket" "pass_resource_logs" {
  bucket = "pass-resource-logs"
}

resource "aws_s3_bucket_logging" "pass_resource" {
  bucket        = aws_s3_bucket.pass_resource_logs.id
  target_bucket = "access-logs"
  target_prefix = "audit/"
}

resource "aws_cloudtrail" "fail_none" {
  name           = "fail_none"
  s3_bucket_name = aws_s3_bucket.fail_none_logs.id
}

resource "aws_s3_bucket" "fail_none_logs" {
  bucket = "fail-none-logs"
}

resource "aws_cloudtrail" "unknown_bucket" {
  name           = "unknown_bucket"
  s3_bucket_name = var.value
}
