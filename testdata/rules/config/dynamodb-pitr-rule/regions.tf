resource "aws_config_configuration_recorder" "fail_first" {
  role_arn = "arn:aws:iam::111122223333:role/config"
  region   = "eu-central-1"
}

resource "aws_config_configuration_recorder" "second" {
  role_arn = "arn:aws:iam::111122223333:role/config"
  region   = "eu-west-1"
}
