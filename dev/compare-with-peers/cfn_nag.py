"""cfn_nag. In: a checkout. Out: the templates of its rule specs, with the logical ids that a rule must name."""
import re

from case import Case, Expected

RULES = ("DAXClusterEncryption DynamoDBBackup DynamoDBBillingMode DynamoDBEncryption KMSKeyRotation KMSKeyWildcardPrincipal "
         "IamManagedPolicyNotAction IamManagedPolicyNotResource IamManagedPolicyWildcardAction "
         "IamManagedPolicyWildcardResource IamPolicyNotAction IamPolicyNotResource IamPolicyWildcardAction "
         "IamPolicyWildcardResource IamRoleAdministratorAccessPolicy IamRoleElevatedManagedPolicy "
         "IamRoleNotActionOnPermissionsPolicy IamRoleNotResourceOnPermissionsPolicy "
         "IamRoleWildcardActionOnPermissionsPolicy IamRoleWildcardResourceOnPermissionsPolicy ResourceWithExplicitName").split()


def cases(root):
    for rule in RULES:
        spec, code = root / f"spec/custom_rules/{rule}Rule_spec.rb", root / f"lib/cfn-nag/custom_rules/{rule}Rule.rb"
        if not spec.exists():
            continue
        check = re.search(r"def rule_id\s+['\"](\w+)", code.read_text()).group(1)
        for example in re.split(r"\n\s+context ", spec.read_text())[1:]:
            template = re.search(r"read_test_template\(?\s*['\"]([^'\"]+)", example)
            named = re.search(r"expected_logical_resource_ids = (%w\[[^\]]*\]|\[[^\]]*\])", example)
            if not template or not named:
                continue
            path = root / "spec/test_templates" / template.group(1)
            failing = re.findall(r"\w+", named.group(1).removeprefix("%w"))
            expected = [Expected("fail", name) for name in failing] or [Expected("pass")]
            if path.exists():
                yield Case("cfn_nag", check, template.group(1), tuple(expected), path=path)
