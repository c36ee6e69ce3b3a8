resource "aws_dynamodb_table" "orders" {
  name = "orders"
}

resource "aws_cloudtrail" "pass_all" {
  name = "pass_all"
  event_selector {
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = ["arn:aws:dynamodb"]
    }
  }
}

resource "aws_cloudtrail" "pass_table" {
  name = "pass_table"
  event_selector {
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = [aws_dynamodb_table.orders.arn]
    }
  }
}

resource "aws_cloudtrail" "fail_wildcard" {
  name = "fail_wildcard"
  event_selector {
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = ["arn:aws:dynamodb:*:*:table/*"]
    }
  }
}

resource "aws_cloudtrail" "fail_type" {
  name = "fail_type"
  event_selector {
    data_resource {
      type   = "AWS::DynamoDB::Tables"
      values = ["arn:aws:dynamodb"]
    }
  }
}

resource "aws_cloudtrail" "unknown_elsewhere" {
  name = "unknown_elsewhere"
  event_selector {
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = ["arn:aws:dynamodb:eu-west-1:111122223333:table/elsewhere"]
    }
  }
}
