terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_dynamodb_table" "orders" {
  name                        = "orders"
  billing_mode                = "PAY_PER_REQUEST"
  table_class                 = "STANDARD"
  hash_key                    = "id"
  range_key                   = "at"
  stream_enabled              = true
  stream_view_type            = "NEW_IMAGE"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "at"
    type = "N"
  }
  local_secondary_index {
    name            = "by-time"
    range_key       = "at"
    projection_type = "KEYS_ONLY"
  }
  global_secondary_index {
    name               = "all"
    hash_key           = "at"
    projection_type    = "INCLUDE"
    non_key_attributes = ["total"]
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.key.arn
  }
  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = 7
  }
  ttl {
    enabled        = true
    attribute_name = "expires"
  }
  tags = { DataClassification = "Restricted" }
}

resource "aws_dynamodb_resource_policy" "orders" {
  resource_arn = aws_dynamodb_table.orders.arn
  policy       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:GetItem", Resource = "*" }] })
}

resource "aws_dynamodb_kinesis_streaming_destination" "orders" {
  table_name = aws_dynamodb_table.orders.name
  stream_arn = aws_kinesis_stream.changes.arn
}

resource "aws_kinesis_stream" "changes" {
  name             = "changes"
  encryption_type  = "KMS"
  kms_key_id       = aws_kms_key.key.arn
  retention_period = 24
  shard_count      = 1
}

resource "aws_kms_key" "key" {
  enable_key_rotation     = true
  deletion_window_in_days = 30
  description             = "orders"
}

resource "aws_kms_key_policy" "key" {
  key_id = aws_kms_key.key.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" }] })
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  name   = "read"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = "*" }] })
}

resource "aws_vpc" "vpc" {
  cidr_block         = "10.0.0.0/16"
  enable_dns_support = true
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.vpc.id
}

resource "aws_vpc_endpoint" "dynamodb" {
  vpc_id            = aws_vpc.vpc.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.eu-central-1.dynamodb"
}

resource "aws_vpc_endpoint_route_table_association" "private" {
  vpc_endpoint_id = aws_vpc_endpoint.dynamodb.id
  route_table_id  = aws_route_table.private.id
}

resource "aws_cloudtrail" "trail" {
  name                       = "trail"
  s3_bucket_name             = "logs"
  enable_logging             = true
  is_multi_region_trail      = true
  enable_log_file_validation = true
  kms_key_id                 = aws_kms_key.key.arn
  advanced_event_selector {
    name = "tables"
    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field       = "resources.ARN"
      starts_with = ["arn:aws:dynamodb:"]
    }
  }
}
