variable "given" {
  type = bool
}

resource "aws_cloudtrail_event_data_store" "pass_given" {
  name = "a"
  kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/1"
}

resource "aws_cloudtrail_event_data_store" "fail_missing" {
  name = "b"
}

resource "aws_cloudtrail_event_data_store" "fail_null" {
  name = "c"
  kms_key_id = null
}

data "aws_ssm_parameter" "given" {
  name = "given"
}

resource "aws_cloudtrail_event_data_store" "fail_sometimes" {
  name = "d"
  kms_key_id = var.given ? "arn:aws:kms:eu-west-1:111122223333:key/1" : null
}

resource "aws_cloudtrail_event_data_store" "unknown_splat" {
  name = "e"
  kms_key_id = one(values(jsondecode(data.aws_ssm_parameter.given.value)))
}
