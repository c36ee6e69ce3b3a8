variable "key_arn" {
  type = string
}

resource "aws_kms_key" "data" {}

resource "aws_kms_alias" "data" {
  name          = "alias/data"
  target_key_id = aws_kms_key.data.key_id
}

data "aws_kms_alias" "managed" {
  name = "alias/aws/dynamodb"
}

data "aws_kms_alias" "theirs" {
  name = "alias/theirs"
}

resource "aws_dynamodb_table" "pass_key" {
  name = "a"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
}

resource "aws_dynamodb_table" "pass_alias" {
  name = "b"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_alias.data.target_key_arn
  }
}

resource "aws_dynamodb_table" "pass_literal" {
  name = "c"

  server_side_encryption {
    enabled     = true
    kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}

resource "aws_dynamodb_table" "pass_foreign_alias" {
  name = "d"

  server_side_encryption {
    enabled     = true
    kms_key_arn = data.aws_kms_alias.theirs.target_key_arn
  }
}

resource "aws_dynamodb_table" "fail_missing" {
  name = "e"
}

resource "aws_dynamodb_table" "fail_disabled" {
  name = "f"

  server_side_encryption {
    enabled     = false
    kms_key_arn = aws_kms_key.data.arn
  }
}

resource "aws_dynamodb_table" "fail_managed" {
  name = "g"

  server_side_encryption {
    enabled = true
  }
}

resource "aws_dynamodb_table" "fail_managed_alias" {
  name = "h"

  server_side_encryption {
    enabled     = true
    kms_key_arn = data.aws_kms_alias.managed.target_key_arn
  }
}

resource "aws_dynamodb_table" "fail_null_key" {
  name = "i"

  server_side_encryption {
    enabled     = true
    kms_key_arn = null
  }
}

resource "aws_dynamodb_table" "fail_replica" {
  name = "j"

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }

  replica {
    region_name = "eu-west-1"
  }
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "k"

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}

# A table of another configuration.
resource "aws_dynamodb_table_replica" "fail_lone" {
  global_table_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
}

resource "aws_dynamodb_table_replica" "pass_lone" {
  global_table_arn            = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
  kms_key_arn                 = "arn:aws:kms:eu-west-1:111122223333:key/0d1c3a52-6f3f-4f5c-a3f0-5f7f3a4f6b11"
}

resource "aws_dynamodb_table" "fail_sensitive" {
  name = "sensitive"
  tags = { Sensitivity = "PHI" }
}
