variable "everywhere" {
  type = bool
}

resource "aws_config_configuration_aggregator" "pass_accounts" {
  name = "a"

  account_aggregation_source {
    account_ids = ["111122223333"]
    all_regions = true
  }
}

resource "aws_config_configuration_aggregator" "fail_regions" {
  name = "b"

  account_aggregation_source {
    account_ids = ["111122223333"]
    regions     = ["eu-west-1"]
  }
}

resource "aws_config_configuration_aggregator" "fail_organisation" {
  name = "c"

  organization_aggregation_source {
    all_regions = false
    regions     = ["eu-west-1"]
    role_arn    = "arn:aws:iam::111122223333:role/config"
  }
}

resource "aws_config_configuration_aggregator" "unknown_variable" {
  name = "d"

  account_aggregation_source {
    account_ids = ["111122223333"]
    all_regions = var.everywhere
  }
}

resource "aws_config_configuration_aggregator" "fail_without_source" {
  name = "e"
}
