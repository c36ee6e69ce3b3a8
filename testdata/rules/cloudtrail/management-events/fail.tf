resource "aws_cloudtrail" "fail_off" {
  name                  = "fail-off"
  is_multi_region_trail = true
  event_selector {
    include_management_events = false
  }
}
