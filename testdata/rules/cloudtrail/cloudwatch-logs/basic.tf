variable "given" {
  type = bool
}

resource "aws_cloudtrail" "pass_given" {
  name = "a"
  cloud_watch_logs_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:audit:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/trail"
}

resource "aws_cloudtrail" "fail_missing" {
  name = "b"
}

resource "aws_cloudtrail" "fail_null" {
  name = "c"
  cloud_watch_logs_group_arn = null
}

data "aws_ssm_parameter" "given" {
  name = "given"
}

resource "aws_cloudtrail" "fail_sometimes" {
  name = "d"
  cloud_watch_logs_group_arn = var.given ? "arn:aws:logs:eu-west-1:111122223333:log-group:audit:*" : null
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/trail"
}

resource "aws_cloudtrail" "unknown_splat" {
  name = "e"
  cloud_watch_logs_group_arn = one(values(jsondecode(data.aws_ssm_parameter.given.value)))
}

resource "aws_cloudtrail" "fail_without_role" {
  name                       = "f"
  cloud_watch_logs_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:audit:*"
}
