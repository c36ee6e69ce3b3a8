resource "aws_cloudtrail" "fail_regional" {
  name = "a"
}

# It would record every region, but it is switched off.
resource "aws_cloudtrail" "idle" {
  name                  = "b"
  is_multi_region_trail = true
  enable_logging        = false
}

resource "aws_cloudtrail" "fail_without_global_services" {
  name                          = "c"
  is_multi_region_trail         = true
  enable_logging                = false
  include_global_service_events = false
}
