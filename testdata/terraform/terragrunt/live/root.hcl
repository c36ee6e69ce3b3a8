locals {
  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))
}
inputs = {
  prefix = local.env.locals.name
  pitr   = false
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = "provider \"aws\" {}"
}
