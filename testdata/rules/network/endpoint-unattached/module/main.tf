# The way of the usual VPC modules: the service by its short name, the route tables through an object of any type, the
# availability zones from a data source that is read only at deployment.
provider "aws" {
  region = "eu-west-1"
}

data "aws_availability_zones" "available" {}

locals {
  azs = slice(data.aws_availability_zones.available.names, 0, 2)
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "private" {
  count      = length([for index, az in local.azs : cidrsubnet("10.0.0.0/16", 8, index)])
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet("10.0.0.0/16", 8, count.index)
}

resource "aws_route_table" "private" {
  count  = length(aws_subnet.private)
  vpc_id = aws_vpc.main.id
}

module "endpoints" {
  source = "./endpoints"
  vpc_id = aws_vpc.main.id
  endpoints = {
    attached = {
      service         = "dynamodb"
      service_type    = "Gateway"
      route_table_ids = flatten([aws_route_table.private[*].id])
    }
    loose = {
      service         = "dynamodb"
      service_type    = "Gateway"
      route_table_ids = []
    }
  }
}
