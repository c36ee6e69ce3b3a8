variable "prefix" { type = string }
variable "pitr" { type = bool }
variable "key" { type = string }
variable "owner" { type = string }
variable "where" { type = string }
resource "aws_dynamodb_table" "t" {
  name = "${var.prefix}-t"
  point_in_time_recovery {
    enabled = var.pitr
  }
  server_side_encryption {
    enabled = true
    kms_key_arn = var.key
  }
  tags = { owner = var.owner, where = var.where }
}
