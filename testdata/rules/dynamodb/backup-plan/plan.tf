variable "tags" {
  type = map(string)
}

resource "aws_iam_role" "backup" {
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"]
}

resource "aws_backup_plan" "main" {
  name = "main"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
  }
}

resource "aws_backup_selection" "tables" {
  name         = "tables"
  plan_id      = aws_backup_plan.main.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = [aws_dynamodb_table.pass_reference.arn]

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "Backup"
    value = "daily"
  }
}

resource "aws_dynamodb_table" "pass_reference" {
  name = "a"
}

resource "aws_dynamodb_table" "pass_tag" {
  name = "b"
  tags = { Backup = "daily" }
}

resource "aws_dynamodb_table" "fail_other_tag" {
  name = "c"
  tags = { Backup = "weekly" }
}

resource "aws_dynamodb_table" "unknown_tags" {
  name = "d"
  tags = var.tags
}
