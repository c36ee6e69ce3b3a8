variable "vpc_id" {
  type = string
}

variable "endpoints" {
  type = any
}

data "aws_vpc_endpoint_service" "this" {
  for_each = var.endpoints
  service  = try(each.value.service, null)

  filter {
    name   = "service-type"
    values = [try(each.value.service_type, "Interface")]
  }
}

resource "aws_vpc_endpoint" "pass_attached" {
  for_each          = { for key, endpoint in var.endpoints : key => endpoint if key != "loose" }
  vpc_id            = var.vpc_id
  service_name      = try(each.value.service_endpoint, data.aws_vpc_endpoint_service.this[each.key].service_name)
  vpc_endpoint_type = try(each.value.service_type, "Interface")
  route_table_ids   = try(each.value.service_type, "Interface") == "Gateway" ? lookup(each.value, "route_table_ids", null) : null
}

resource "aws_vpc_endpoint" "fail_loose" {
  for_each          = { for key, endpoint in var.endpoints : key => endpoint if key == "loose" }
  vpc_id            = var.vpc_id
  service_name      = try(each.value.service_endpoint, data.aws_vpc_endpoint_service.this[each.key].service_name)
  vpc_endpoint_type = try(each.value.service_type, "Interface")
  route_table_ids   = try(each.value.service_type, "Interface") == "Gateway" ? lookup(each.value, "route_table_ids", null) : null
}
