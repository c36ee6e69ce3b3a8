variable "value" {
  type = string
}

resource "aws_cloudtrail" "pass_none" {
  name           = "pass_none"
  s3_bucket_name = aws_s3_bucket.pass_none_logs.id
}

resource "aws_s3_bucket" "pass_none_logs" {
  bucket = "pass-none-logs"
}

resource "aws_cloudtrail" "pass_private" {
  name           = "pass_private"
  s3_bucket_name = aws_s3_bucket.pass_private_logs.id
}

resource "aws_s3_bucket" "pass_private_logs" {
  bucket = "pass-private-logs"
  acl    = "private"
}

resource "aws_cloudtrail" "pass_ignored" {
  name           = "pass_ignored"
  s3_bucket_name = aws_s3_bucket.pass_ignored_logs.id
}

resource "aws_s3_bucket" "pass_ignored_logs" {
  bucket = "pass-ignored-logs"
  acl    = "public-read"
}

resource "aws_s3_bucket_public_access_block" "pass_ignored" {
  bucket             = aws_s3_bucket.pass_ignored_logs.id
  ignore_public_acls = true
}

resource "aws_cloudtrail" "fail_inline" {
  name           = "fail_inline"
  s3_bucket_name = aws_s3_bucket.fail_inline_logs.id
}

resource "aws_s3_bucket" "fail_inline_logs" {
  bucket = "fail-inline-logs"
  acl    = "public-read"
}

resource "aws_cloudtrail" "fail_resource" {
  name           = "fail_resource"
  s3_bucket_name = aws_s3_bucket.fail_resource_logs.id
}

resource "aws_s3_bucket" "fail_resource_logs" {
  bucket = "fail-resource-logs"
}

resource "aws_s3_bucket_acl" "fail_resource" {
  bucket = aws_s3_bucket.fail_resource_logs.id
  acl    = "public-read-write"
}

resource "aws_cloudtrail" "unknown_variable" {
  name           = "unknown_variable"
  s3_bucket_name = aws_s3_bucket.unknown_variable_logs.id
}

resource "aws_s3_bucket" "unknown_variable_logs" {
  bucket = "unknown-variable-logs"
  acl    = var.value
}
