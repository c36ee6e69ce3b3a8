# A VPC that is as it should be.
resource "aws_vpc" "well_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "well" {
  vpc_id     = aws_vpc.well_vpc.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "well" {
  vpc_id = aws_vpc.well_vpc.id
}

resource "aws_route_table_association" "well" {
  subnet_id      = aws_subnet.well.id
  route_table_id = aws_route_table.well.id
}

resource "aws_lambda_function" "well_worker" {
  function_name = "well-worker"
  role          = aws_iam_role.orders_api.arn
  package_type  = "Image"
  image_uri     = "image"
  vpc_config {
    subnet_ids         = [aws_subnet.well.id]
    security_group_ids = ["sg-1"]
  }
}

resource "aws_vpc_endpoint" "well_endpoint" {
  vpc_id          = aws_vpc.well_vpc.id
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = [aws_route_table.well.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "*"
      Condition = {
        StringEquals = {
          "aws:ResourceAccount" = "${data.aws_caller_identity.me.account_id}"
        }
      }
    }]
  })
}

# network/endpoint-service: no service has this name.
resource "aws_vpc_endpoint" "misnamed_endpoint" {
  vpc_id          = aws_vpc.well_vpc.id
  service_name    = "com.amazonaws.eu-west-1.dynamodb-table"
  route_table_ids = [aws_route_table.well.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "*"
      Condition = {
        StringEquals = {
          "aws:ResourceAccount" = "${data.aws_caller_identity.me.account_id}"
        }
      }
    }]
  })
}

# network/dynamodb-endpoint: a workload and no endpoint.
resource "aws_vpc" "bare_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "bare" {
  vpc_id     = aws_vpc.bare_vpc.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "bare" {
  vpc_id = aws_vpc.bare_vpc.id
}

resource "aws_route_table_association" "bare" {
  subnet_id      = aws_subnet.bare.id
  route_table_id = aws_route_table.bare.id
}

resource "aws_lambda_function" "bare_worker" {
  function_name = "bare-worker"
  role          = aws_iam_role.orders_api.arn
  package_type  = "Image"
  image_uri     = "image"
  vpc_config {
    subnet_ids         = [aws_subnet.bare.id]
    security_group_ids = ["sg-1"]
  }
}

# network/endpoint-policy: the endpoint lets everything pass.
resource "aws_vpc" "frank_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "frank" {
  vpc_id     = aws_vpc.frank_vpc.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "frank" {
  vpc_id = aws_vpc.frank_vpc.id
}

resource "aws_route_table_association" "frank" {
  subnet_id      = aws_subnet.frank.id
  route_table_id = aws_route_table.frank.id
}

resource "aws_lambda_function" "frank_worker" {
  function_name = "frank-worker"
  role          = aws_iam_role.orders_api.arn
  package_type  = "Image"
  image_uri     = "image"
  vpc_config {
    subnet_ids         = [aws_subnet.frank.id]
    security_group_ids = ["sg-1"]
  }
}

resource "aws_vpc_endpoint" "frank_endpoint" {
  vpc_id          = aws_vpc.frank_vpc.id
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = [aws_route_table.frank.id]
}

# network/endpoint-route-tables: one of two subnets is left out.
resource "aws_vpc" "half_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "half_in" {
  vpc_id     = aws_vpc.half_vpc.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "half_in" {
  vpc_id = aws_vpc.half_vpc.id
}

resource "aws_route_table_association" "half_in" {
  subnet_id      = aws_subnet.half_in.id
  route_table_id = aws_route_table.half_in.id
}

resource "aws_subnet" "half_out" {
  vpc_id     = aws_vpc.half_vpc.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_route_table" "half_out" {
  vpc_id = aws_vpc.half_vpc.id
}

resource "aws_route_table_association" "half_out" {
  subnet_id      = aws_subnet.half_out.id
  route_table_id = aws_route_table.half_out.id
}

resource "aws_lambda_function" "half_worker" {
  function_name = "half-worker"
  role          = aws_iam_role.orders_api.arn
  package_type  = "Image"
  image_uri     = "image"
  vpc_config {
    subnet_ids         = [aws_subnet.half_in.id, aws_subnet.half_out.id]
    security_group_ids = ["sg-1"]
  }
}

resource "aws_vpc_endpoint" "half_endpoint" {
  vpc_id          = aws_vpc.half_vpc.id
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = [aws_route_table.half_in.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "*"
      Condition = {
        StringEquals = {
          "aws:ResourceAccount" = "${data.aws_caller_identity.me.account_id}"
        }
      }
    }]
  })
}

# network/endpoint-unattached
resource "aws_vpc" "idle_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpc_endpoint" "idle_endpoint" {
  vpc_id       = aws_vpc.idle_vpc.id
  service_name = "com.amazonaws.eu-west-1.dynamodb"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "*"
      Condition = {
        StringEquals = {
          "aws:ResourceAccount" = "${data.aws_caller_identity.me.account_id}"
        }
      }
    }]
  })
}

# network/nat-path: calls leave through the NAT gateway, since the endpoint serves another subnet; with it network/endpoint-route-tables.
resource "aws_vpc" "nat_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "nat_in" {
  vpc_id     = aws_vpc.nat_vpc.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "nat_in" {
  vpc_id = aws_vpc.nat_vpc.id
}

resource "aws_route_table_association" "nat_in" {
  subnet_id      = aws_subnet.nat_in.id
  route_table_id = aws_route_table.nat_in.id
}

resource "aws_subnet" "nat_out" {
  vpc_id     = aws_vpc.nat_vpc.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_route_table" "nat_out" {
  vpc_id = aws_vpc.nat_vpc.id
}

resource "aws_route_table_association" "nat_out" {
  subnet_id      = aws_subnet.nat_out.id
  route_table_id = aws_route_table.nat_out.id
}

resource "aws_lambda_function" "nat_worker" {
  function_name = "nat-worker"
  role          = aws_iam_role.orders_api.arn
  package_type  = "Image"
  image_uri     = "image"
  vpc_config {
    subnet_ids         = [aws_subnet.nat_out.id]
    security_group_ids = ["sg-1"]
  }
}

resource "aws_vpc_endpoint" "nat_endpoint" {
  vpc_id          = aws_vpc.nat_vpc.id
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = [aws_route_table.nat_in.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "*"
      Condition = {
        StringEquals = {
          "aws:ResourceAccount" = "${data.aws_caller_identity.me.account_id}"
        }
      }
    }]
  })
}

resource "aws_nat_gateway" "out" {
  subnet_id = aws_subnet.nat_in.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.nat_out.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.out.id
}

# network/streams-path: a service reads a stream, and gateway endpoints serve tables only.
resource "aws_vpc" "stream_vpc" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "streaming" {
  vpc_id     = aws_vpc.stream_vpc.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_route_table" "streaming" {
  vpc_id = aws_vpc.stream_vpc.id
}

resource "aws_route_table_association" "streaming" {
  subnet_id      = aws_subnet.streaming.id
  route_table_id = aws_route_table.streaming.id
}

resource "aws_vpc_endpoint" "stream_endpoint" {
  vpc_id          = aws_vpc.stream_vpc.id
  service_name    = "com.amazonaws.eu-west-1.dynamodb"
  route_table_ids = [aws_route_table.streaming.id]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "*"
      Condition = {
        StringEquals = {
          "aws:ResourceAccount" = "${data.aws_caller_identity.me.account_id}"
        }
      }
    }]
  })
}

resource "aws_iam_role" "stream_service" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "ecs-tasks.amazonaws.com"
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
        Action   = ["dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        Resource = aws_dynamodb_table.orders.stream_arn
      }]
    })
  }
}

resource "aws_ecs_task_definition" "stream" {
  family                = "stream"
  task_role_arn         = aws_iam_role.stream_service.arn
  container_definitions = jsonencode([{ name = "reader", image = "reader" }])
}

resource "aws_ecs_service" "stream" {
  name            = "stream"
  task_definition = aws_ecs_task_definition.stream.arn
  network_configuration {
    subnets = [aws_subnet.streaming.id]
  }
}
