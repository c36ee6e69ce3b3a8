variable "days" {
  type = number
}

resource "aws_cloudtrail_event_data_store" "pass_year" {
  name             = "pass_year"
  retention_period = 365
}

resource "aws_cloudtrail_event_data_store" "fail_week" {
  name             = "fail_week"
  retention_period = 7
}

resource "aws_cloudtrail_event_data_store" "unknown_days" {
  name             = "unknown_days"
  retention_period = var.days
}
