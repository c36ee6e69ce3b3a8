variable "spec" {
  type = string
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "away"
  region = "eu-central-1"
}

resource "aws_kms_key" "home" {
  multi_region = true
}

resource "aws_kms_replica_key" "away" {
  provider        = aws.away
  primary_key_arn = aws_kms_key.home.arn
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_key" "variable" {
  customer_master_key_spec = var.spec
}

resource "aws_dynamodb_table" "pass_each_its_own" {
  name = "a"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.home.arn
  }

  replica {
    region_name = "eu-central-1"
    kms_key_arn = aws_kms_replica_key.away.arn
  }
}

resource "aws_dynamodb_table" "fail_shared" {
  name = "b"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.home.arn
  }

  replica {
    region_name = "eu-central-1"
    kms_key_arn = aws_kms_key.home.arn
  }
}

resource "aws_dynamodb_table" "fail_literal" {
  name = "c"

  server_side_encryption {
    enabled     = true
    kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/0d5ba8b7-1c1b-4a52-8bd5-2b1a1b8f6f0e"
  }
}

resource "aws_dynamodb_table" "fail_signing" {
  name = "d"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.signing.arn
  }
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "e"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.variable.arn
  }
}

resource "aws_dynamodb_table" "keyless" {
  name = "f"
}
