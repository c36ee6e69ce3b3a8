include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "../../..//modules/table?ref=x"
}
dependency "kms" {
  config_path = "../kms"
}
inputs = {
  
  key = dependency.kms.outputs.arn
  owner = get_env("OWNER", "nobody")
  where = path_relative_to_include("root")
}
