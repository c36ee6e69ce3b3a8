variable "tags" {
  type = map(string)
}

resource "aws_dynamodb_table" "pass_tagged" {
  name = "a"
  tags = { DataClassification = "Public" }
}

resource "aws_dynamodb_table" "fail_other_tags" {
  name = "b"
  tags = { Name = "b" }
}

resource "aws_dynamodb_table" "fail_untagged" {
  name = "c"
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "d"
  tags = var.tags
}
