variable "days" {
  type = number
}

resource "aws_backup_plan" "pass_cold" {
  name = "a"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    lifecycle {
      cold_storage_after = 30
      delete_after       = 120
    }
  }
}

resource "aws_backup_plan" "fail_short" {
  name = "b"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    lifecycle {
      cold_storage_after = 30
      delete_after       = 90
    }
  }
}

resource "aws_backup_plan" "fail_copy" {
  name = "c"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    copy_action {
      destination_vault_arn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:copies"

      lifecycle {
        cold_storage_after = 1
        delete_after       = 30
      }
    }
  }
}

resource "aws_backup_plan" "unknown_variable" {
  name = "d"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    lifecycle {
      cold_storage_after = var.days
      delete_after       = 90
    }
  }
}
