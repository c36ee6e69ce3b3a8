variable "mode" {
  type = string
}

variable "reads" {
  type = number
}

resource "aws_dynamodb_table" "pass_on_demand" {
  name         = "a"
  billing_mode = "PAY_PER_REQUEST"

  global_secondary_index {
    name            = "by-date"
    hash_key        = "date"
    projection_type = "ALL"
  }
}

resource "aws_dynamodb_table" "pass_provisioned" {
  name           = "b"
  read_capacity  = 1
  write_capacity = 1
}

resource "aws_dynamodb_table" "fail_default" {
  name = "c"
}

resource "aws_dynamodb_table" "fail_on_demand" {
  name          = "d"
  billing_mode  = "PAY_PER_REQUEST"
  read_capacity = 5
}

resource "aws_dynamodb_table" "fail_index" {
  name           = "e"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5

  global_secondary_index {
    name            = "by-date"
    hash_key        = "date"
    projection_type = "ALL"
    read_capacity   = 5
    write_capacity  = 0
  }
}

resource "aws_dynamodb_table" "unknown_mode" {
  name         = "f"
  billing_mode = var.mode
}

resource "aws_dynamodb_table" "unknown_reads" {
  name           = "g"
  read_capacity  = var.reads
  write_capacity = 5
}
