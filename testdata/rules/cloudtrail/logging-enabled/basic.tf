variable "log" {
  type = bool
}

resource "aws_cloudtrail" "pass_default" {
  name = "a"
}

resource "aws_cloudtrail" "fail_off" {
  name           = "b"
  enable_logging = false
}

resource "aws_cloudtrail" "unknown_variable" {
  name           = "c"
  enable_logging = var.log
}
