# The table's name and the targets' ids are made of the same unknown.
resource "random_pet" "suffix" {}

resource "aws_dynamodb_table" "pass_random" {
  name           = "orders-${random_pet.suffix.id}"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
}

resource "aws_appautoscaling_target" "read" {
  resource_id        = "table/orders-${random_pet.suffix.id}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_policy" "read" {
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.read.resource_id
  scalable_dimension = aws_appautoscaling_target.read.scalable_dimension
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_target" "write" {
  resource_id        = "table/orders-${random_pet.suffix.id}"
  scalable_dimension = "dynamodb:table:WriteCapacityUnits"
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_policy" "write" {
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.write.resource_id
  scalable_dimension = aws_appautoscaling_target.write.scalable_dimension
  service_namespace  = "dynamodb"
}
