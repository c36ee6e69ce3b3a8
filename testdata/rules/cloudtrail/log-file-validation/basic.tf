variable "validate" {
  type = bool
}

resource "aws_cloudtrail" "pass_on" {
  name                       = "a"
  enable_log_file_validation = true
}

resource "aws_cloudtrail" "fail_missing" {
  name = "b"
}

resource "aws_cloudtrail" "unknown_variable" {
  name                       = "c"
  enable_log_file_validation = var.validate
}
