# Version 6 of the provider takes a region per resource, version 5 a provider per region.
provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "west"
  region = "eu-west-1"
}

resource "aws_kms_key" "west_5" {
  provider = aws.west
}

resource "aws_kms_key" "west_6" {
  region = "eu-west-1"
}

resource "aws_dynamodb_table" "fail_version_5" {
  name = "a"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.west_5.arn
  }
}

resource "aws_dynamodb_table" "fail_version_6" {
  name = "b"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.west_6.arn
  }
}

resource "aws_dynamodb_table" "pass_version_6" {
  name   = "c"
  region = "eu-west-1"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.west_6.arn
  }
}
