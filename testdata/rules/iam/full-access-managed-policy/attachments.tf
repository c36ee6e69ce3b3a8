# One attachment to several principals.
resource "aws_iam_role" "fail_role" {
  assume_role_policy = jsonencode({})
}

resource "aws_iam_user" "fail_user" {
  name = "user"
}

resource "aws_iam_group" "fail_group" {
  name = "group"
}

resource "aws_iam_user" "bystander" {
  name = "other"
}

resource "aws_iam_policy_attachment" "full" {
  name       = "full"
  roles      = [aws_iam_role.fail_role.name]
  users      = ["user"]
  groups     = [aws_iam_group.fail_group.name]
  policy_arn = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
}
