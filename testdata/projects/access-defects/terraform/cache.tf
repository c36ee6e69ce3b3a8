# A cluster that is as it should be.
resource "aws_iam_role" "narrow_role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "dax.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  inline_policy {
    name = "own"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DescribeTable"]
        Resource = aws_dynamodb_table.sessions.arn
      }]
    })
  }
}

resource "aws_dax_cluster" "narrow" {
  cluster_name       = "narrow"
  iam_role_arn       = aws_iam_role.narrow_role.arn
  node_type          = "dax.r5.large"
  replication_factor = 3
}

# dax/role-least-privilege
resource "aws_iam_role" "broad_role" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "dax.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  inline_policy {
    name = "own"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteTable"]
        Resource = aws_dynamodb_table.sessions.arn
      }]
    })
  }
}

resource "aws_dax_cluster" "broad" {
  cluster_name       = "broad"
  iam_role_arn       = aws_iam_role.broad_role.arn
  node_type          = "dax.r5.large"
  replication_factor = 3
}
