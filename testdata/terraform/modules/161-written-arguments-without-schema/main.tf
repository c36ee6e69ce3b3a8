resource "null_resource" "names" {
  count    = 2
  triggers = { name = "index-${count.index}" }
}

resource "null_resource" "keyed" {
  for_each = toset(null_resource.names[*].triggers.name)
  triggers = { key = each.key, upper = upper(each.value) }
}

output "names" {
  value = null_resource.names[*].triggers.name
}

output "keys" {
  value = { for key, one in null_resource.keyed : key => one.triggers.upper }
}

output "first" {
  value = null_resource.names[0].triggers.name
}
