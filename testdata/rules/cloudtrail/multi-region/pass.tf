resource "aws_cloudtrail" "pass_regional_beside_another" {
  name = "a"
}

resource "aws_cloudtrail" "pass_every_region" {
  name                  = "b"
  is_multi_region_trail = true
}
