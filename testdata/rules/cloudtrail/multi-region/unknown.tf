variable "every_region" {
  type = bool
}

resource "aws_cloudtrail" "unknown_variable" {
  name                  = "a"
  is_multi_region_trail = var.every_region
}
