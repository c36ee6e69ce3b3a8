variable "days" {
  type = number
}

resource "aws_backup_plan" "pass_long" {
  name = "a"

  rule {
    rule_name         = "hourly"
    target_vault_name = "main"
    lifecycle { delete_after = 3 }
  }

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
    lifecycle { delete_after = 35 }
  }
}

resource "aws_backup_plan" "pass_for_ever" {
  name = "b"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
  }
}

resource "aws_backup_plan" "fail_week" {
  name = "c"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
    lifecycle { delete_after = 7 }
  }
}

resource "aws_backup_plan" "unknown_variable" {
  name = "d"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
    lifecycle { delete_after = var.days }
  }
}
