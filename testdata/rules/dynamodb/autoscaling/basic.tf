variable "mode" {
  type = string
}

resource "aws_dynamodb_table" "pass_on_demand" {
  name         = "a"
  billing_mode = "PAY_PER_REQUEST"
}

resource "aws_dynamodb_table" "pass_scaled" {
  name           = "b"
  read_capacity  = 5
  write_capacity = 5
}

resource "aws_dynamodb_table" "fail_reads_only" {
  name           = "c"
  read_capacity  = 5
  write_capacity = 5
}

resource "aws_dynamodb_table" "fail_index" {
  name           = "d"
  read_capacity  = 5
  write_capacity = 5

  global_secondary_index {
    name            = "by-date"
    hash_key        = "date"
    projection_type = "ALL"
    read_capacity   = 5
    write_capacity  = 5
  }
}

resource "aws_dynamodb_table" "unknown_mode" {
  name         = "e"
  billing_mode = var.mode
}

resource "aws_appautoscaling_target" "scaled" {
  for_each           = toset(["dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"])
  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.pass_scaled.name}"
  scalable_dimension = each.key
  min_capacity       = 5
  max_capacity       = 50
}

resource "aws_appautoscaling_policy" "scaled" {
  for_each           = aws_appautoscaling_target.scaled
  name               = "scaled"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70
  }
}

resource "aws_appautoscaling_target" "reads" {
  service_namespace  = "dynamodb"
  resource_id        = "table/c"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = 5
  max_capacity       = 50
}

resource "aws_appautoscaling_policy" "reads" {
  name               = "reads"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "dynamodb"
  resource_id        = "table/c"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"

  target_tracking_scaling_policy_configuration {
    target_value = 70
  }
}

resource "aws_appautoscaling_target" "index" {
  for_each           = toset(["dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"])
  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.fail_index.name}"
  scalable_dimension = each.key
  min_capacity       = 5
  max_capacity       = 50
}

resource "aws_appautoscaling_policy" "index" {
  for_each           = aws_appautoscaling_target.index
  name               = "index"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70
  }
}
