variable "encryption" {
  type = string
}

resource "aws_kinesis_stream" "encrypted" {
  name            = "a"
  encryption_type = "KMS"
  kms_key_id      = "alias/aws/kinesis"
}

resource "aws_kinesis_stream" "plain" {
  name = "b"
}

resource "aws_kinesis_stream" "variable" {
  name            = "c"
  encryption_type = var.encryption
}

resource "aws_dynamodb_table" "pass_encrypted" {
  name = "a"
}

resource "aws_dynamodb_kinesis_streaming_destination" "encrypted" {
  table_name = aws_dynamodb_table.pass_encrypted.name
  stream_arn = aws_kinesis_stream.encrypted.arn
}

resource "aws_dynamodb_table" "fail_plain" {
  name = "b"
}

resource "aws_dynamodb_kinesis_streaming_destination" "plain" {
  table_name = aws_dynamodb_table.fail_plain.name
  stream_arn = aws_kinesis_stream.plain.arn
}

resource "aws_dynamodb_table" "unknown_variable" {
  name = "c"
}

resource "aws_dynamodb_kinesis_streaming_destination" "variable" {
  table_name = aws_dynamodb_table.unknown_variable.name
  stream_arn = aws_kinesis_stream.variable.arn
}

resource "aws_dynamodb_table" "unknown_outside" {
  name = "d"
}

resource "aws_dynamodb_kinesis_streaming_destination" "outside" {
  table_name = aws_dynamodb_table.unknown_outside.name
  stream_arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/changes"
}

resource "aws_dynamodb_table" "none" {
  name = "e"
}
