resource "aws_cloudtrail" "pass_data_only" {
  name                  = "pass-data-only"
  is_multi_region_trail = true
  event_selector {
    include_management_events = false
  }
}

resource "aws_cloudtrail" "pass_default" {
  name = "default"
}
