resource "aws_dynamodb_table" "pass_replica" {
  name = "a"

  replica {
    region_name = "eu-central-1"
  }
}

resource "aws_dynamodb_global_table" "fail_old" {
  name = "b"

  replica {
    region_name = "eu-west-1"
  }

  replica {
    region_name = "eu-central-1"
  }
}

resource "aws_dynamodb_table" "no_replica" {
  name = "c"
}
