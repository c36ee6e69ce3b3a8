include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "${get_repo_root()}//modules/table?ref=x"
}
dependency "kms" {
  config_path = "../kms"
}
inputs = {
  pitr = true
  key = dependency.kms.outputs.arn
  owner = get_env("OWNER", "nobody")
  where = path_relative_to_include("root")
}
