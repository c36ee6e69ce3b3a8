variable "management" {
  type = bool
}

resource "aws_cloudtrail" "unknown_variable" {
  name                  = "unknown-variable"
  is_multi_region_trail = true
  event_selector {
    include_management_events = var.management
  }
}
