resource "aws_backup_vault" "pass_locked" {
  name = "a"
}

resource "aws_backup_vault_lock_configuration" "locked" {
  backup_vault_name  = aws_backup_vault.pass_locked.name
  min_retention_days = 35
}

resource "aws_backup_vault" "pass_by_name" {
  name = "b"
}

resource "aws_backup_vault_lock_configuration" "by_name" {
  backup_vault_name   = "b"
  min_retention_days  = 35
  changeable_for_days = 3
}

resource "aws_backup_vault" "fail_unlocked" {
  name = "c"
}
