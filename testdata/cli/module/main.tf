variable "pitr" {
  type    = bool
  default = false
}

variable "name" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  for_each     = toset(["a", "b"])
  name         = "${var.name}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = var.pitr
  }
}
