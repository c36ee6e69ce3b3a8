resource "aws_config_configuration_recorder" "unknown_pack" {
  role_arn = "arn:aws:iam::111122223333:role/config"
}

resource "aws_config_conformance_pack" "dynamodb" {
  name            = "dynamodb"
  template_s3_uri = "s3://packs/dynamodb.yaml"
}
