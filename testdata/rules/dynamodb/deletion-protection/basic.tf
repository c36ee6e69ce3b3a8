variable "protect" {
  type = bool
}

resource "aws_dynamodb_table" "pass_on" {
  name                        = "a"
  deletion_protection_enabled = true
}

resource "aws_dynamodb_table" "fail_missing" {
  name = "b"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_dynamodb_table" "fail_sensitive" {
  name                        = "c"
  deletion_protection_enabled = false

  tags = {
    DataClassification = "Confidential"
  }
}

resource "aws_dynamodb_table" "fail_replica" {
  name                        = "d"
  deletion_protection_enabled = true

  replica {
    region_name = "eu-west-1"
  }
}

resource "aws_dynamodb_table" "unknown_variable" {
  name                        = "e"
  deletion_protection_enabled = var.protect
}

# A table of another configuration.
resource "aws_dynamodb_table_replica" "fail_lone" {
  global_table_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
}

resource "aws_dynamodb_table_replica" "pass_lone" {
  global_table_arn            = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
  deletion_protection_enabled = true
}
