variable "recovery" {
  type = bool
}

variable "stage" {
  type = string
}

variable "replica_regions" {
  type = set(string)
}

locals {
  defaults = { recovery = true }
}

resource "aws_dynamodb_table" "pass_on" {
  name = "a"

  point_in_time_recovery {
    enabled = "true"
  }
}

resource "aws_dynamodb_table" "pass_merged" {
  name = "b"

  point_in_time_recovery {
    enabled = merge(local.defaults, { name = "b" }).recovery
  }
}

resource "aws_dynamodb_table" "fail_missing" {
  name = "c"
}

resource "aws_dynamodb_table" "fail_off" {
  name = "d"

  point_in_time_recovery {
    enabled = false
  }
}

resource "aws_dynamodb_table" "fail_null" {
  name = "e"

  point_in_time_recovery {
    enabled = null
  }
}

resource "aws_dynamodb_table" "fail_in_dev" {
  name = "f"

  point_in_time_recovery {
    enabled = var.stage == "prod"
  }
}

resource "aws_dynamodb_table" "some_instances" {
  for_each = { a = true, b = false, c = false }
  name     = each.key

  point_in_time_recovery {
    enabled = each.value
  }
}

resource "aws_dynamodb_table" "never_made" {
  count = 0
  name  = "g"
}

resource "aws_dynamodb_table" "fail_replica" {
  name             = "h"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  point_in_time_recovery {
    enabled = true
  }

  replica {
    region_name            = "eu-west-1"
    point_in_time_recovery = true
  }

  replica {
    region_name = "us-east-1"
  }
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "i"

  point_in_time_recovery {
    enabled = var.recovery
  }
}

resource "aws_dynamodb_table" "unknown_replicas" {
  name = "j"

  point_in_time_recovery {
    enabled = true
  }

  dynamic "replica" {
    for_each = var.replica_regions

    content {
      region_name            = replica.value
      point_in_time_recovery = var.recovery
    }
  }
}

resource "aws_dynamodb_table" "fail_separate_replica" {
  name = "k"

  point_in_time_recovery {
    enabled = true
  }

  lifecycle {
    ignore_changes = [replica]
  }
}

resource "aws_dynamodb_table_replica" "k" {
  global_table_arn = aws_dynamodb_table.fail_separate_replica.arn
}

# A table of another configuration.
resource "aws_dynamodb_table_replica" "fail_lone" {
  global_table_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
}

resource "aws_dynamodb_table_replica" "pass_lone" {
  global_table_arn            = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
  point_in_time_recovery      = true
}
