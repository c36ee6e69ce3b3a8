provider "aws" {
  region = "eu-west-1"
}

variable "region" {
  type = string
}

resource "aws_vpc_endpoint" "pass_own_region" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb"
}

resource "aws_vpc_endpoint" "fail_misspelt" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb-table"
}

resource "aws_vpc_endpoint" "fail_region" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.us-east-1.dynamodb"
}

resource "aws_vpc_endpoint" "fail_streams_gateway" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.dynamodb-streams"
}

resource "aws_vpc_endpoint" "unknown_region" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.${var.region}.dynamodb"
}
