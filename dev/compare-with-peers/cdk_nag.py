"""cdk-nag. In: a folder with the templates that its test stacks synthesise to, `RULE/compliance-1.json` and
`RULE/non-compliance-1.json`. Out: one case per template."""
from case import Case, whole

IDS = {"DAXEncrypted": "AwsSolutions-DDB4", "DynamoDBPITREnabled": "AwsSolutions-DDB3",
       "IAMNoWildcardPermissions": "AwsSolutions-IAM5", "IAMNoManagedPolicies": "AwsSolutions-IAM4"}


def cases(root):
    for file in sorted(root.glob("*/*.json")):
        verdict = "fail" if file.name.startswith("non-") else "pass"
        check = IDS.get(file.parent.name, file.parent.name)
        yield Case("cdk-nag", check, f"{file.parent.name}/{file.name}", whole(verdict), path=file)
