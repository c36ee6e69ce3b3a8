resource "aws_vpc" "pass_interface" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.pass_interface.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.pass_interface.id
}

resource "aws_route_table" "other" {
  vpc_id = aws_vpc.pass_interface.id
}

resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.a.id
  route_table_id = aws_route_table.private.id
}

resource "aws_iam_role" "worker" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "orders"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "dynamodb:GetRecords", Resource = "*" }] })
  }
}

resource "aws_ecs_task_definition" "worker" {
  family                = "worker"
  task_role_arn         = aws_iam_role.worker.arn
  container_definitions = jsonencode([{ name = "worker", image = "worker" }])
}

resource "aws_ecs_service" "worker" {
  name            = "worker"
  task_definition = aws_ecs_task_definition.worker.arn
  network_configuration {
    subnets = [aws_subnet.a.id]
  }
}

resource "aws_vpc_endpoint" "streams" {
  vpc_id            = aws_vpc.pass_interface.id
  service_name      = "com.amazonaws.eu-west-1.dynamodb-streams"
  vpc_endpoint_type = "Interface"
  subnet_ids        = [aws_subnet.a.id]
}
