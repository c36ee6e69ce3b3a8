provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { DataClassification = "Internal" }
  }
}

provider "aws" {
  alias  = "plain"
  region = "eu-central-1"
}

resource "aws_dynamodb_table" "pass_default_tags" {
  name = "a"
  tags = { Team = "orders" }
}

resource "aws_dynamodb_table" "fail_other_provider" {
  provider = aws.plain
  name     = "b"
}

# A companion says it.
resource "aws_dynamodb_table" "pass_tag_resource" {
  provider = aws.plain
  name     = "c"
}

resource "aws_dynamodb_tag" "c" {
  provider     = aws.plain
  resource_arn = aws_dynamodb_table.pass_tag_resource.arn
  key          = "DataClassification"
  value        = "Internal"
}
