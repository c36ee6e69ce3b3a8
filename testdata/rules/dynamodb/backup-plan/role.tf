resource "aws_iam_role" "powerless" {
  assume_role_policy = "{}"
}

resource "aws_backup_plan" "main" {
  name = "main"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
  }
}

resource "aws_backup_selection" "everything" {
  name         = "everything"
  plan_id      = aws_backup_plan.main.id
  iam_role_arn = aws_iam_role.powerless.arn
  resources    = ["*"]
}

resource "aws_dynamodb_table" "fail_role_may_not" {
  name = "a"
}
