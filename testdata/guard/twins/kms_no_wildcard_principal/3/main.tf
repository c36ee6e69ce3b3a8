data "aws_partition" "current" {}

resource "aws_kms_key" "example" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action    = "kms:*"
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::123456789012:root" }
      Resource  = "*"
    }]
  })
}
