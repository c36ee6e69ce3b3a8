variable "vault" {
  type = string
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "away"
  region = "eu-central-1"
}

resource "aws_backup_vault" "copies" {
  provider = aws.away
  name     = "copies"
}

resource "aws_backup_plan" "pass_reference" {
  name = "a"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    copy_action {
      destination_vault_arn = aws_backup_vault.copies.arn
    }
  }
}

resource "aws_backup_plan" "fail_same_region" {
  name = "b"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    copy_action {
      destination_vault_arn = "arn:aws:backup:eu-west-1:444455556666:backup-vault:copies"
    }
  }
}

resource "aws_backup_plan" "fail_no_copy" {
  name = "c"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"
  }
}

resource "aws_backup_plan" "unknown_variable" {
  name = "d"

  rule {
    rule_name         = "daily"
    target_vault_name = "main"

    copy_action {
      destination_vault_arn = var.vault
    }
  }
}
