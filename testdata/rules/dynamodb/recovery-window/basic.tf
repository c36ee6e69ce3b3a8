variable "days" {
  type = number
}

resource "aws_dynamodb_table" "pass_default" {
  name = "a"

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table" "fail_week" {
  name = "b"

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 7
  }
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "c"

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.days
  }
}

resource "aws_dynamodb_table" "off" {
  name = "d"
}

resource "aws_dynamodb_table" "fail_sensitive" {
  name = "e"
  tags = { Classification = "restricted" }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 14
  }
}
