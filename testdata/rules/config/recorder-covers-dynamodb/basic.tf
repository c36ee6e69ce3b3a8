variable "types" {
  type = list(string)
}

resource "aws_config_configuration_recorder" "pass_all" {
  name     = "a"
  role_arn = "arn:aws:iam::111122223333:role/config"
}

resource "aws_config_configuration_recorder_status" "all" {
  name       = aws_config_configuration_recorder.pass_all.name
  is_enabled = true
}

resource "aws_config_configuration_recorder" "fail_off" {
  name     = "b"
  role_arn = "arn:aws:iam::111122223333:role/config"
}

resource "aws_config_configuration_recorder" "fail_excluded" {
  name     = "c"
  role_arn = "arn:aws:iam::111122223333:role/config"

  recording_group {
    all_supported = false

    exclusion_by_resource_types {
      resource_types = ["AWS::DynamoDB::Table"]
    }

    recording_strategy {
      use_only = "EXCLUSION_BY_RESOURCE_TYPES"
    }
  }
}

resource "aws_config_configuration_recorder_status" "excluded" {
  name       = aws_config_configuration_recorder.fail_excluded.name
  is_enabled = true
}

resource "aws_config_configuration_recorder" "unknown_variable" {
  name     = "d"
  role_arn = "arn:aws:iam::111122223333:role/config"

  recording_group {
    all_supported  = false
    resource_types = var.types
  }
}

resource "aws_config_configuration_recorder_status" "variable" {
  name       = aws_config_configuration_recorder.unknown_variable.name
  is_enabled = true
}
