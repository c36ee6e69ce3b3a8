variable "given" {
  type = bool
}

resource "aws_cloudtrail" "pass_given" {
  name = "a"
  sns_topic_name = "audit"
}

resource "aws_cloudtrail" "fail_missing" {
  name = "b"
}

resource "aws_cloudtrail" "fail_null" {
  name = "c"
  sns_topic_name = null
}

data "aws_ssm_parameter" "given" {
  name = "given"
}

resource "aws_cloudtrail" "fail_sometimes" {
  name = "d"
  sns_topic_name = var.given ? "audit" : null
}

resource "aws_cloudtrail" "unknown_splat" {
  name = "e"
  sns_topic_name = one(values(jsondecode(data.aws_ssm_parameter.given.value)))
}
