variable "key" {
  type = string
}

data "aws_kms_alias" "managed" {
  name = "alias/aws/backup"
}

resource "aws_kms_key" "backup" {}

resource "aws_kms_alias" "backup" {
  name          = "alias/backup"
  target_key_id = aws_kms_key.backup.id
}

resource "aws_backup_vault" "pass_key" {
  name        = "a"
  kms_key_arn = aws_kms_key.backup.arn
}

resource "aws_backup_vault" "pass_alias" {
  name        = "b"
  kms_key_arn = aws_kms_alias.backup.target_key_arn
}

resource "aws_backup_vault" "fail_none" {
  name = "c"
}

resource "aws_backup_vault" "fail_managed" {
  name        = "d"
  kms_key_arn = data.aws_kms_alias.managed.target_key_arn
}

resource "aws_backup_vault" "unknown_variable" {
  name        = "e"
  kms_key_arn = var.key
}
