variable "name" {
  type = string
}

# The name is not known, so that the status is found by where it stands.
resource "aws_config_configuration_recorder" "pass_named" {
  name     = var.name
  role_arn = "arn:aws:iam::111122223333:role/config"
}

resource "aws_config_configuration_recorder_status" "named" {
  name       = aws_config_configuration_recorder.pass_named.name
  is_enabled = true
}
