variable "encrypt" {
  type = bool
}

resource "aws_dynamodb_table" "pass_managed" {
  name = "a"

  server_side_encryption {
    enabled = true
  }
}

resource "aws_dynamodb_table" "fail_missing" {
  name = "b"
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "c"

  server_side_encryption {
    enabled = var.encrypt
  }
}
