variable "vault" {
  type = string
}

resource "aws_backup_vault" "unknown_name" {
  name = "a"
}

resource "aws_backup_vault_lock_configuration" "lock" {
  backup_vault_name  = var.vault
  min_retention_days = 35
}
