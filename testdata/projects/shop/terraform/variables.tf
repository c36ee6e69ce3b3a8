variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "environment" {
  description = "prod, staging or dev; has no default on purpose"
  type        = string
}
