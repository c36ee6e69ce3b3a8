variable "algorithm" {
  type = string
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
}

resource "aws_s3_bucket" "encrypted" {
  bucket = "encrypted"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "encrypted" {
  bucket = aws_s3_bucket.encrypted.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket" "plain" {
  bucket = "plain"
}

resource "aws_dynamodb_table_export" "pass_key" {
  table_arn        = aws_dynamodb_table.orders.arn
  s3_bucket        = aws_s3_bucket.plain.id
  s3_sse_algorithm = "KMS"
}

resource "aws_dynamodb_table_export" "pass_bucket" {
  table_arn = aws_dynamodb_table.orders.arn
  s3_bucket = aws_s3_bucket.encrypted.id
}

resource "aws_dynamodb_table_export" "fail_bucket" {
  table_arn = aws_dynamodb_table.orders.arn
  s3_bucket = aws_s3_bucket.plain.id
}

resource "aws_dynamodb_table_export" "fail_algorithm" {
  table_arn        = aws_dynamodb_table.orders.arn
  s3_bucket        = aws_s3_bucket.encrypted.id
  s3_sse_algorithm = "AES256"
}

resource "aws_dynamodb_table_export" "fail_foreign" {
  table_arn        = aws_dynamodb_table.orders.arn
  s3_bucket        = "theirs"
  s3_bucket_owner  = "444455556666"
  s3_sse_algorithm = "KMS"
}

resource "aws_dynamodb_table_export" "unknown_variable" {
  table_arn        = aws_dynamodb_table.orders.arn
  s3_bucket        = aws_s3_bucket.plain.id
  s3_sse_algorithm = var.algorithm
}

resource "aws_dynamodb_table_export" "unknown_bucket" {
  table_arn = aws_dynamodb_table.orders.arn
  s3_bucket = "elsewhere"
}

resource "aws_iam_policy" "fail_grant" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "dynamodb:ExportTableToPointInTime", Resource = aws_dynamodb_table.orders.arn },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.plain.arn}/*" },
    ]
  })
}
