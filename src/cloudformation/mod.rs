//! CloudFormation, SAM and CDK templates. In: files. Out: stacks.
